import AllocationCounter
import NeuralNet
import Testing

/// A training step allocates nothing, counted call by call on the training thread.
@Suite(.enabled(if: allocation_counter_works(), "allocations can't be counted in this build"))
struct AllocationTests {
  private func allocations(_ body: () -> Void) -> Int {
    allocation_counter_start()
    body()
    return allocation_counter_stop()
  }

  @Test func theCounterSeesAllocations() {
    #expect(allocations {} == 0)
    // The first buffer also allocates the type's metadata.
    var buffers = [AlignedBuffer<Float>(count: 100)]
    buffers.reserveCapacity(4)
    // An object and its memory per buffer.
    #expect(allocations { for _ in 0..<3 { buffers.append(AlignedBuffer(count: 100)) } } == 6)
    #expect(buffers.count == 4)
  }

  /// Without optimisation, closures and copies live on the heap.
  private static var isOptimized: Bool {
    #if DEBUG
      false
    #else
      true
    #endif
  }

  @Test(
    .enabled(if: isOptimized, "built without optimisation"), arguments: InstructionSet.available)
  func aStepAllocatesNothing(_ set: InstructionSet) {
    for f in ReferenceActivation.all {
      for spec in [Paper.ffnn(f), Paper.cnn(f)] { check(spec, set) }
    }
  }

  /// Nor do plain layers of any kind.
  @Test(
    .enabled(if: isOptimized, "built without optimisation"), arguments: InstructionSet.available)
  func plainLayersAllocateNothing(_ set: InstructionSet) {
    let act = LayerSpec.activation(ActivationLayer(.parametricReLU(initialSlope: 0.25)))
    check(
      NetworkSpec(
        input: Paper.image,
        layers: [
          .dropout(Dropout(0.3)), .convolution(Convolution(filters: 4, kernel: 3)), act,
          .dropout(Dropout(0.3)), .maxPool(MaxPool(size: 3)),
          .convolution(Convolution(filters: 5, kernel: 2)), .globalAveragePool(GlobalAveragePool()),
          .dense(Dense(units: 7)), .dense(Dense(units: 10)),
        ], classes: 10), set)
  }

  private func check(_ spec: NetworkSpec, _ set: InstructionSet) {
    let network = Network(spec, capacity: 4, seed: 1, compute: Compute(set))
    let pixels = (0..<8 * 784).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let indices: [UInt32] = [7, 0, 3, 3]
    let adam = Adam()
    let findings = AlignedBuffer<StepFindings>(count: 1)
    func train(_ steps: Range<Int>) {
      for step in steps {
        indices.withUnsafeBufferPointer {
          network.gather(pixels: pixels, indices: $0, scale: 1 / 255)
        }
        network.forward(count: 4, mode: .training(step: UInt32(step), firstSlot: 0))
        // A replica that averages with others, then one that doesn't.
        let fused =
          step % 2 == 0
          ? nil
          : FusedStep(network.step(adam, number: step + 1), findings: findings.base)
        _ = network.backward(count: 4, globalBatch: 4, fused: fused)
        guard fused != nil else {
          adam.step(network, step: step + 1)
          continue
        }
        for range in network.unfusedRanges {
          network.apply(
            network.step(adam, number: step + 1), range: range, findings: findings.base)
        }
      }
      network.forward(count: 4, mode: .evaluation)
      _ = network.loss(count: 4)
    }
    train(0..<2)
    let count = allocations { train(2..<7) }
    #expect(count == 0, "\(spec): \(count)")
  }
}
