import NeuralNet
import Testing

/// NaN must reach the loss from any position of a pooling window: comparisons with it are all
/// false, so a naive maximum would keep it in one position and lose it in others.
@Suite struct PoolingNaNTests {
  /// One-by-one kernels, so that a bad pixel is one candidate of one window.
  private func spec(_ f: Activation) -> NetworkSpec {
    NetworkSpec(
      input: ImageShape(height: 4, width: 4, channels: 1),
      convolutions: [.init(filters: 32, kernel: 1)], hidden: [], classes: 3, activation: f,
      dropout: 0)
  }

  /// Those that the convolution's kernels pool.
  private static let functions =
    ReferenceActivation.all
    + ReferenceFormula.all.filter(\.formula.dependsOnX).map(\.activation)
    .filter { !$0.learned.contains { $0.scope == .unit } }

  @Test(arguments: InstructionSet.available, functions)
  func oneBadPixelReachesItsOwnLogits(_ set: InstructionSet, _ f: Activation) {
    for general in [false, true] {
      for place in 0..<4 {
        let network = Network(
          spec(f), capacity: 3, seed: 1, compute: Compute(set), generalConvolutions: general)
        #expect(network.directConvolutions == [!general])
        Batch(network.spec, count: 3, seed: 2).fill(network)
        // The window at row 2, column 0 of the second sample.
        network.input.base[16 + (2 + place / 2) * 4 + place % 2] = .nan
        for mode in [PassMode.evaluation, .training(step: 0, firstSlot: 0)] {
          network.forward(count: 3, mode: mode)
          let logits = network.logitRows(3)
          let where_ = "\(f), place \(place), \(set), general \(general)"
          #expect(logits[3..<6].allSatisfy { $0.isNaN }, "\(where_)")
          #expect((logits[..<3] + logits[6...]).allSatisfy { $0.isFinite }, "\(where_)")
          #expect(network.loss(count: 3).isNaN, "\(where_)")
        }
      }
    }
  }
}
