import CKernels
import NeuralNet
import Testing

@Suite struct SGDTests {
  private static let kinds = [
    SGD(learningRate: 0.125), SGD(learningRate: 0.125, momentum: 0.5),
    SGD(learningRate: 0.125, momentum: 0.5, nesterov: true),
  ]

  /// Under a constant gradient of 1 the velocity after k steps is (1 - m^k)/(1 - m), and the
  /// distance is the rate times the sum of those, or of 1 + m times those. All of it is exact in
  /// these numbers.
  @Test(arguments: InstructionSet.available, kinds)
  func aConstantGradientHasAClosedForm(_ set: InstructionSet, _ sgd: SGD) {
    // 37 leaves a partial vector in every instruction set.
    for count in [1, 37] {
      var p = [[Float](repeating: 2, count: count)]
      var slots = [[Float](repeating: 0, count: count)]
      var (expected, power): (Float, Float) = (2, 1)
      for step in 1...8 {
        pass(
          sgd, set, 0..<count, &p, .init(repeating: 1, count: count), slots: &slots, step: step)
        power *= sgd.momentum
        let velocity = (1 - power) / (1 - sgd.momentum)
        expected -= 0.125 * (sgd.nesterov ? 1 + sgd.momentum * velocity : velocity)
        #expect(p[0].allSatisfy { $0 == expected }, "step \(step): \(p[0][0]), not \(expected)")
        #expect(slots[0].allSatisfy { $0 == velocity })
      }
      #expect(expected < 1.1)
    }
  }

  /// On a parabola, f = x²/2, both kinds of momentum follow the formulas in Double.
  @Test(arguments: InstructionSet.available, kinds)
  func aParabolaIsDescendedAsInDouble(_ set: InstructionSet, _ sgd: SGD) {
    var p: [[Float]] = [[4, -3, 0.5]]
    var slots = [[Float](repeating: 0, count: 3)]
    var (x, v) = (p[0].map(Double.init), [0.0, 0, 0])
    for step in 1...60 {
      pass(sgd, set, 0..<3, &p, p[0], slots: &slots, step: step)
      for i in 0..<3 {
        let (g, m) = (x[i], Double(sgd.momentum))
        v[i] = m * v[i] + g
        x[i] -= 0.125 * (sgd.nesterov ? g + m * v[i] : v[i])
        #expect(abs(Double(p[0][i]) - x[i]) < 1e-5, "step \(step)")
      }
    }
    #expect(x.allSatisfy { abs($0) < 0.01 })
  }

  /// Slices over several replicas give all of them the result of one pass over everything.
  @Test(arguments: InstructionSet.available)
  func slicesAreTheWholePass(_ set: InstructionSet) {
    let count = 53
    let sgd = SGD(learningRate: 0.25, momentum: 0.5, nesterov: true)
    var numbers = Numbers(4)
    let start = (0..<count).map { _ in Float(numbers.uniform()) }
    let gradient = (0..<count).map { _ in Float(numbers.below(9) - 4) }
    var (whole, slots) = ([start], [[Float](repeating: 0, count: count)])
    var (replicas, sliced) = ([[Float]](repeating: start, count: 3), slots)
    for step in 1...3 {
      pass(sgd, set, 0..<count, &whole, gradient, slots: &slots, step: step)
      for slice in [0..<16, 16..<32, 32..<count] {
        pass(sgd, set, slice, &replicas, gradient, slots: &sliced, step: step)
      }
    }
    for replica in replicas { #expect(replica == whole[0]) }
    #expect(sliced == slots)
    #expect(whole[0] != start)
  }

  /// A network trained with it learns, and the fused step gives the same bits.
  @Test(arguments: InstructionSet.available)
  func aNetworkLearnsFusedOrNot(_ set: InstructionSet) {
    let spec = Specs.ffnn(.srelu(alpha: 1, beta: 0.1), dropout: 0, hidden: [33, 20])
    let sgd = SGD(learningRate: 0.1, momentum: 0.9, nesterov: true)
    let batch = Batch(spec, count: 12, seed: 3)
    let findings = AlignedBuffer<StepFindings>(count: 1)
    let networks = [false, true].map { isFused in
      let network = Network(
        spec, capacity: 12, seed: 5, optimizer: SGD.self, compute: Compute(set))
      #expect(network.arena.slotNames == ["sgd.velocity"])
      batch.fill(network)
      var losses: [Double] = []
      for number in 1...120 {
        network.forward(count: 12, mode: .training(step: UInt32(number), firstSlot: 0))
        let step = network.step(sgd, number: number)
        losses.append(
          network.backward(
            count: 12, globalBatch: 12,
            fused: isFused ? FusedStep(step, findings: findings.base) : nil))
        let all = [0..<network.arena.parameters.count]
        for range in isFused ? network.unfusedRanges : all {
          network.apply(step, range: range, findings: findings.base)
        }
      }
      #expect(losses[119] < 0.2 * losses[0], "\(losses[0]) to \(losses[119])")
      return network
    }
    #expect(networks[0].arena.hashes() == networks[1].arena.hashes())
  }

  @Test func aSpecBecomesAnOptimizer() throws {
    let found = try OptimizerSpec(name: "sgd", settings: ["momentum": 0.9, "nesterov": 1])
      .optimizer(learningRate: 0.1)
    #expect(found as? SGD == SGD(learningRate: 0.1, momentum: 0.9, nesterov: true))
    #expect(
      try OptimizerSpec(name: "sgd").optimizer(learningRate: 1) as? SGD == SGD(learningRate: 1))
    #expect(try OptimizerSpec().optimizer(learningRate: 0.001) as? Adam == Adam())
    func text(_ name: String, _ settings: [String: Double]) -> String {
      let error = #expect(throws: OptimizerError.self) {
        try OptimizerSpec(name: name, settings: settings).optimizer(learningRate: 1)
      }
      return error?.description ?? ""
    }
    #expect(text("sdg", [:]) == "No optimizer is called sdg: choose one of adam, sgd.")
    #expect(text("sgd", ["beta1": 0.9]) == "sgd has no setting beta1: it has momentum, nesterov.")
    #expect(
      text("sgd", ["momentum": 1]) == "sgd: momentum must be at least 0.0 and below 1.0, not 1.0.")
    #expect(text("sgd", ["nesterov": 0.5]) == "sgd: nesterov must be true or false, not 0.5.")
    #expect(text("sgd", ["momentum": .nan]).contains("momentum"))
  }

  /// Every optimizer has a kernel in every instruction set, and distinct slot names.
  @Test func everyOptimizerHasItsKernelAndSlots() {
    #expect(OptimizerSpec.known.count > 1)
    for type in OptimizerSpec.known {
      for set in InstructionSet.available {
        #expect(set.kernels.optimizer_kind(type.name) >= 0, "\(type.name), \(set)")
      }
      #expect(type.slots.count <= optimizerSlotLimit)
      #expect(type.slots.allSatisfy { $0.hasPrefix("\(type.name).") })
    }
    #expect(InstructionSet.portable.kernels.optimizer_kind("none") == -1)
    let slots = OptimizerSpec.known.flatMap { $0.slots }
    #expect(Set(slots).count == slots.count)
  }
}
