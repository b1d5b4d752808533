import Foundation
import NeuralNet
import Testing

@Suite struct AdamTests {
  @Test func rateHasBothCorrections() {
    let adam = Adam(learningRate: 0.003, beta1: 0.8, beta2: 0.99)
    let (b1, b2) = (Double(Float(0.8)), Double(Float(0.99)))
    for step in [1, 2, 3, 7, 64, 1000] {
      let expected =
        0.003 * (1 - pow(b2, Double(step))).squareRoot() / (1 - pow(b1, Double(step)))
      #expect(abs(Double(adam.rate(step: step)) / expected - 1) < 1e-6, "step \(step)")
    }
    #expect(adam.rate(step: 1_000_000_000) == 0.003)
    #expect(Adam().rate(step: 1_000_000) == 0.001)
  }

  /// The first step moves each parameter by the learning rate if the gradient is far above ε, which
  /// is added to a root that isn't corrected yet, √(1 − β₂)·|g|.
  @Test(arguments: InstructionSet.available)
  func theFirstStep(_ set: InstructionSet) {
    let adam = Adam(learningRate: 0.5)
    let g: [Float] = [3, -1e-3, 1e-5, -1e-6, 1e-8, 0, 1e12]
    var p = [Float](repeating: 0, count: g.count)
    var (m, v) = (p, p)
    adamPass(adam, set, &p, g, &m, &v, step: 1)
    let root = (1 - Double(Float(0.999))).squareRoot()
    for i in g.indices {
      let gradient = Double(g[i])
      let expected = -0.5 * root * gradient / (root * abs(gradient) + Double(Float(1e-7)))
      #expect(abs(Double(p[i]) - expected) < 1e-6, "gradient \(g[i]): \(p[i])")
    }
    #expect(abs(p[0] + 0.5) < 1e-4 && p[5] == 0)
  }

  /// Every length up to three vectors; the rest of the buffers is unchanged.
  @Test(arguments: InstructionSet.available)
  func lengthsThatFillNoVector(_ set: InstructionSet) {
    let adam = Adam()
    for count in 0...49 {
      func filled(_ value: Float) -> [Float] { [Float](repeating: value, count: 64) }
      var (p, m, v) = (filled(1), filled(0.5), filled(0.25))
      let g = filled(-2)
      adamPass(adam, set, count: count, &p, g, &m, &v, step: 3)
      #expect(p[..<count].allSatisfy { $0 == p[0] && $0 != 1 }, "\(count)")
      #expect(p[count...].allSatisfy { $0 == 1 }, "\(count)")
      #expect(m[..<count].allSatisfy { abs($0 - 0.25) < 1e-6 }, "\(count)")
      #expect(m[count...].allSatisfy { $0 == 0.5 }, "\(count)")
      #expect(v[..<count].allSatisfy { abs($0 - 0.25375) < 1e-6 }, "\(count)")
      #expect(v[count...].allSatisfy { $0 == 0.25 }, "\(count)")
    }
  }

  /// 200 steps with gradients of every magnitude, starting far below ε.
  @Test(arguments: InstructionSet.available)
  func twoHundredStepsAreTheReferences(_ set: InstructionSet) {
    let count = 61
    var numbers = Numbers(3)
    var p = (0..<count).map { _ in Float(numbers.uniform()) }
    var (m, v) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
    var plain = ["p": p.map(Double.init)]
    let adam = Adam(learningRate: 0.01)
    var reference = ReferenceAdam(adam)
    let sizes = (0..<count).map { Float(pow(10, Double($0 % 13) - 10)) }
    for step in 1...200 {
      let g = sizes.map { Float(numbers.uniform()) * $0 }
      adamPass(adam, set, &p, g, &m, &v, step: step)
      reference.step(&plain, ["p": g.map(Double.init)])
    }
    for i in p.indices {
      let expected = plain["p"]?[i] ?? .nan
      #expect(abs(Double(p[i]) - expected) < 2e-5, "gradients of size \(sizes[i])")
    }
  }

  /// One pass over the arena reaches every tensor, and the padding between tensors stays zero.
  @Test func aStepReachesEveryTensor() {
    let network = Network(Specs.cnn(.parametricReLU(initialSlope: 0.25)), capacity: 1, seed: 1)
    network.arena.gradients.update(repeating: 1)
    for view in network.arena.views {
      network.arena.gradients(of: view).update(repeating: 2)
    }
    let before = Array(network.arena.parameters.elements)
    for i in network.arena.gradients.indices where network.arena.gradients[i] == 1 {
      network.arena.gradients[i] = 0
    }
    Adam(learningRate: 0.01).step(network, step: 1)
    var moved = Set<Int>()
    for (i, value) in network.arena.parameters.elements.enumerated() where value != before[i] {
      #expect(abs(before[i] - value - 0.01) < 1e-5)
      moved.insert(i)
    }
    let owned = network.arena.views.flatMap { $0.offset..<$0.offset + $0.count }
    #expect(moved == Set(owned))
    #expect(owned.count == network.arena.parameterCount)
  }

  /// A differing bit between replicas is found wherever it is, with its index and its replicas.
  @Test(arguments: InstructionSet.available)
  func differingReplicasAreFound(_ set: InstructionSet) {
    let count = 53
    for replicas in 2...4 {
      for place in [0, 7, 16, 40, 52] {
        for wrong in -1..<replicas {
          var p = [[Float]](repeating: (0..<count).map { Float($0) - 20 }, count: replicas)
          if wrong >= 0 { p[wrong][place] = p[wrong][place].nextUp }
          let g = [Float](repeating: 1, count: count)
          var m = [Float](repeating: 0, count: count)
          var v = m
          let report = adamPass(Adam(), set, 0..<count, &p, g, &m, &v, step: 1)
          #expect(report.not_finite == 0)
          #expect(report.differing == (wrong < 0 ? 0 : wrong == 0 ? UInt32(replicas) - 1 : 1))
          guard wrong >= 0 else { continue }
          #expect(report.place == place)
          #expect(report.replica == UInt32(max(wrong, 1)))
        }
      }
    }
  }
}
