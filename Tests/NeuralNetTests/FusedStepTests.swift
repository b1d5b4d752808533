import NeuralNet
import Testing

/// A step during the backward pass gives the same bits as a pass over the whole arena after it.
@Suite struct FusedStepTests {
  @Test(arguments: InstructionSet.available, [Precision.float32, .bfloat16])
  func leavesTheSameBits(_ set: InstructionSet, _ precision: Precision) throws {
    // Without a value for a parameter of 0, which unused lanes mustn't hold.
    let formula = try ReferenceFormula(
      "x + sin(a * x)^2 / a",
      .learned(Activation.Learned("a", initial: 0.8, scope: .channel), 0.1...10))
    for spec in [
      Specs.ffnn(formula.activation, hidden: [33, 20]),
      Specs.ffnn(.parametricReLU(initialSlope: 0.25), hidden: [33, 20]),
      Specs.cnn(.srelu(alpha: 1, beta: 0.1)), Specs.padded(.gelu),
    ] {
      let adam = Adam(learningRate: 0.01)
      let networks = (0..<2).map { _ in
        Network(spec, capacity: 7, seed: 5, compute: Compute(set, precision: precision))
      }
      let findings = AlignedBuffer<StepFindings>(count: 1)
      for step in 1...4 {
        for (index, network) in networks.enumerated() {
          Batch(spec, count: 7, seed: UInt64(step)).fill(network)
          network.forward(count: 7, mode: .training(step: UInt32(step), firstSlot: 0))
          let own = network.step(adam, number: step)
          let fused = index == 1 ? FusedStep(own, findings: findings.base) : nil
          _ = network.backward(count: 7, globalBatch: 7, fused: fused)
          guard fused != nil else {
            adam.step(network, step: step)
            continue
          }
          for range in network.unfusedRanges {
            network.apply(own, range: range, findings: findings.base)
          }
        }
      }
      let (plain, fused) = (networks[0].arena, networks[1].arena)
      #expect(Array(plain.parameters.elements) == Array(fused.parameters.elements))
      #expect(plain.slots.map { Array($0.elements) } == fused.slots.map { Array($0.elements) })
      #expect(plain.slots.allSatisfy { $0.elements.contains { $0 != 0 } })
      let covered = networks[1].unfusedRanges.reduce(0) { $0 + $1.count }
      #expect(precision == .bfloat16 ? covered == plain.parameters.count : covered > 0)
      #expect(findings.base.pointee.areGradientsFinite)
      #expect(precision == .bfloat16 || covered < plain.parameters.count)
    }
  }

  /// A NaN or infinite gradient is detected in its own step, in every part of the update.
  @Test(arguments: InstructionSet.available)
  func seesBadGradients(_ set: InstructionSet) {
    let spec = Specs.ffnn(.relu, hidden: [33, 20])
    for bad in [Float.infinity, -.infinity, .nan] {
      let network = Network(spec, capacity: 7, seed: 5, compute: Compute(set))
      let findings = AlignedBuffer<StepFindings>(count: 1)
      for step in 1...2 {
        Batch(spec, count: 7, seed: 1).fill(network)
        if step == 2 { network.input.base[3] = bad }
        network.forward(count: 7, mode: .evaluation)
        _ = network.backward(
          count: 7, globalBatch: 7,
          fused: FusedStep(network.step(Adam(), number: step), findings: findings.base))
        #expect(findings.base.pointee.areGradientsFinite == (step == 1))
      }
      let plain = Network(spec, capacity: 1, seed: 5, compute: Compute(set))
      let last = plain.arena.parameters.count - 1
      for place in [0, 17, last] {
        plain.arena.gradients.update(repeating: 1)
        #expect(Adam().step(plain, step: 1))
        plain.arena.gradients[place] = bad
        #expect(!Adam().step(plain, step: 2), "place \(place)")
      }
    }
  }
}
