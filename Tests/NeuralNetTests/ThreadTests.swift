import NeuralNet
import Synchronization
import Testing

/// Threads split the products' outputs, so they change no bit.
@Suite struct ThreadTests {
  @Test(arguments: [1, 2, 3, 7])
  func partsCoverEverythingOnce(_ threads: Int) {
    for (count, grain) in [(0, 8), (1, 8), (8, 8), (9, 8), (100, 16), (64, 1)] {
      let seen = Mutex([Int](repeating: 0, count: count))
      let parts = Mutex(Set<Int>())
      inParts(count, grain: grain, threads: threads) { part, range in
        seen.withLock { for i in range { $0[i] += 1 } }
        _ = parts.withLock { $0.insert(part) }
        #expect(range.lowerBound % grain == 0 && part < threads)
      }
      #expect(seen.withLock { $0 } == [Int](repeating: 1, count: count))
      #expect(parts.withLock(\.count) >= 1)
    }
  }

  @Test(arguments: [Precision.float32, .bfloat16])
  func threadsChangeNoBit(_ precision: Precision) {
    let spec = Specs.ffnn(.srelu(alpha: 1, beta: 0.1), hidden: [70, 150])
    var gradients: [[Float]] = []
    for threads in [1, 3] {
      let network = Network(
        spec, capacity: 9, seed: 2, compute: Compute(precision: precision, threads: threads))
      Batch(spec, count: 9, seed: 4).fill(network)
      network.forward(count: 9, mode: .training(step: 0, firstSlot: 0))
      _ = network.backward(count: 9, globalBatch: 9)
      gradients.append(Array(network.arena.gradients))
    }
    #expect(gradients[0] == gradients[1])
    #expect(gradients[0].contains { $0 != 0 })
  }

  @Test(arguments: [false, true])
  func threadsChangeNoBitOfConvolutions(_ isGeneral: Bool) {
    let spec = Specs.cnn(.srelu(alpha: 1, beta: 0.1))
    let gradients = [1, 2, 5].map { threads in
      let network = Network(
        spec, capacity: 3, seed: 2, compute: Compute(threads: threads),
        generalConvolutions: isGeneral)
      Batch(spec, count: 3, seed: 4).fill(network)
      network.forward(count: 3, mode: .training(step: 0, firstSlot: 0))
      _ = network.backward(count: 3, globalBatch: 3)
      return Array(network.arena.gradients)
    }
    #expect(gradients[0] == gradients[1] && gradients[0] == gradients[2])
    #expect(gradients[0].contains { $0 != 0 })
  }

  /// bfloat16 keeps 8 bits: the gradient is that of float to a few hundredths, and not the same.
  @Test(arguments: InstructionSet.available)
  func bfloatIsCloseToFloat(_ set: InstructionSet) {
    let spec = Specs.ffnn(.srelu(alpha: 1, beta: 0.1))
    let gradients = [Precision.float32, .bfloat16].map { precision in
      let network = Network(
        spec, capacity: 8, seed: 2, compute: Compute(set, precision: precision))
      Batch(spec, count: 8, seed: 4).fill(network)
      network.forward(count: 8, mode: .training(step: 0, firstSlot: 0))
      _ = network.backward(count: 8, globalBatch: 8)
      return Array(network.arena.gradients)
    }
    let size = gradients[0].map { Double($0 * $0) }.reduce(0, +).squareRoot()
    let error = zip(gradients[0], gradients[1])
      .map { Double(($0 - $1) * ($0 - $1)) }.reduce(0, +).squareRoot()
    #expect(size > 0 && error > 0 && error < 0.03 * size, "\(error) of \(size)")
  }
}
