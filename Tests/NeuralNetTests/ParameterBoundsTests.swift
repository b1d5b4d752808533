import Formulas
import NeuralNet
import Testing

/// Learned parameters that are kept within bounds.
@Suite struct ParameterBoundsTests {
  private static let scopes = Activation.Learned.Scope.allCases

  /// x > 0 ? x : a·x with a learned slope that starts at 0.25.
  private func leaky(
    _ scope: Activation.Learned.Scope, _ bounds: ClosedRange<Float>?
  ) throws -> Activation {
    let range = bounds ?? -Float.infinity...Float.infinity
    return try Activation(
      Formula("x > 0 ? x : a * x"),
      [
        .learned(
          Activation.Learned("a", initial: 0.25, scope: scope, bounds: bounds),
          Double(range.lowerBound)...Double(range.upperBound))
      ])
  }

  private func spec(
    _ scope: Activation.Learned.Scope, _ bounds: ClosedRange<Float>?
  ) throws -> NetworkSpec {
    let f = try leaky(scope, bounds)
    let side = 6
    return NetworkSpec(
      input: ImageShape(height: side, width: side, channels: 1),
      layers: [
        .convolution(Convolution(filters: 5, kernel: 3)), .activation(ActivationLayer(f)),
        .dense(Dense(units: 37)), .activation(ActivationLayer(f)), .dense(Dense(units: 3)),
      ], classes: 3)
  }

  private func trained(
    _ spec: NetworkSpec, steps: Int, _ optimizer: SGD
  ) -> Network {
    let network = Network(spec, capacity: 24, seed: 3, optimizer: SGD.self)
    Batch(spec, count: 24, seed: 5).fill(network)
    for step in 1...steps {
      network.forward(count: 24, mode: .training(step: UInt32(step - 1), firstSlot: 0))
      _ = network.backward(count: 24, globalBatch: 24)
      #expect(optimizer.step(network, step: step))
    }
    return network
  }

  /// One step from equal parameters: with bounds each is what it is without, or the nearest bound; all else has
  /// the same bits.
  @Test(arguments: scopes)
  func aStepEndsAtTheNearestBound(_ scope: Activation.Learned.Scope) throws {
    let sgd = SGD(learningRate: 0.5, momentum: 0, nesterov: false)
    let bounds: ClosedRange<Float> = 0.2499...0.2501
    let free = trained(try spec(scope, nil), steps: 1, sgd)
    let bounded = trained(try spec(scope, bounds), steps: 1, sgd)
    var (clamped, slopes) = (0, 0)
    for (one, other) in zip(free.stateDictionary(), bounded.stateDictionary()) {
      #expect(one.name == other.name)
      let isSlope = one.name.hasSuffix(".a")
      for (value, found) in zip(one.values, other.values) {
        let expected = min(max(value, bounds.lowerBound), bounds.upperBound)
        #expect(found == (isSlope ? expected : value), "\(one.name)")
        if isSlope {
          slopes += 1
          if expected != value { clamped += 1 }
        }
      }
    }
    #expect(slopes >= (scope == .network ? 1 : 2) && clamped > 0)
  }

  /// In whatever pieces the arena is updated, and in every replica, as ranks that share memory do.
  @Test func everyReplicaIsKeptWithin() throws {
    let spec = try spec(.channel, 0...0.5)
    let network = Network(spec, capacity: 1, seed: 3, optimizer: SGD.self)
    let count = network.arena.parameters.count
    network.arena.gradients.update(repeating: 1)
    let other = AlignedBuffer<Float>(count: count)
    other.base.update(from: network.arena.parameters.base, count: count)
    let replicas = AlignedBuffer<UnsafeMutablePointer<Float>?>(count: 2)
    replicas.base[0] = network.arena.parameters.base
    replicas.base[1] = other.base
    var findings = StepFindings()
    let step = network.step(
      SGD(learningRate: 1, momentum: 0, nesterov: false), number: 1)
    let view = try #require(network.arena.views.first { $0.name == "act2.a" })
    // A piece ends within the tensor.
    let cut = view.offset + 16
    for range in [0..<cut, cut..<count] {
      network.apply(
        step, range: range, replicas: replicas, findings: &findings)
    }
    // 0.25 − 1 is below 0.
    #expect(view.count == 37)
    #expect(network.arena.parameters(of: view).allSatisfy { $0 == 0 })
    for place in 0..<count { #expect(other.base[place] == network.arena.parameters.base[place]) }
    let weight = network.arena.view("fc1.weight")
    #expect(network.arena.parameters(of: weight).contains { $0 < -0.5 })
  }

  /// What isn't a number isn't made one: the trial has failed.
  @Test func notANumberStays() throws {
    let network = Network(
      try spec(.layer, 0...1), capacity: 1, seed: 3, optimizer: SGD.self)
    network.arena.gradients.update(repeating: .nan)
    SGD(learningRate: 1, momentum: 0, nesterov: false).step(network, step: 1)
    #expect(network.arena.parameters(of: network.arena.view("act1.a"))[0].isNaN)
  }

  /// A slope that can't be negative doesn't fall: of a window only the largest value is needed.
  @Test func boundsDecideTheShape() throws {
    #expect(try leaky(.channel, 0...1).shape == .monotone)
    #expect(try leaky(.channel, 0 ... .infinity).shape == .monotone)
    #expect(try leaky(.channel, -1...(-0.5)).shape == .valley)
    #expect(try leaky(.channel, nil).shape == .other)
    #expect(try leaky(.channel, -1...1).shape == .other)
  }

  /// The first layer that has a parameter of the whole network's has it for all, wherever it is.
  @Test func aSharedParameterBelongsToTheFirstThatHasIt() throws {
    let f = try leaky(.network, 0...1)
    let input = ImageShape(height: 1, width: 1, channels: 4)
    func spec(_ functions: [Activation]) -> NetworkSpec {
      NetworkSpec(input: input, hidden: [3, 3, 3], classes: 3, activations: functions)
    }
    let names = Network(spec([.relu, f, f]), capacity: 1, seed: 1).arena.views.map(\.name)
    #expect(names.count { $0.hasPrefix("act") } == 1)
    let shared = try #require(names.firstIndex(of: "act.a"))
    #expect(names[shared - 1] == "fc2.bias" && names[shared + 1] == "fc3.weight")
    let flaw = spec([f, .relu, try leaky(.network, 0...2)]).flaw
    #expect(flaw?.contains("activation 3") == true, "\(flaw ?? "none")")
  }
}
