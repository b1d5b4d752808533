import NeuralNet
import Testing

/// The observers' statistics against the plain reference's responses.
@Suite struct LayerObserverTests {
  private static let functions: [Activation] = [
    .relu, .leakyReLU(slope: -0.2), .parametricReLU(initialSlope: -0.3), .elu(alpha: 1), .gelu,
    .srelu(alpha: 1.7, beta: 0.4), .sigmoid,
  ]

  @Test(arguments: InstructionSet.available, functions)
  func observersSeeWhatTheReferenceComputes(_ set: InstructionSet, _ f: Activation) throws {
    for spec in Specs.all(f) { try compare(f, spec, set) }
  }

  private func compare(_ f: Activation, _ spec: NetworkSpec, _ set: InstructionSet) throws {
    let count = 19
    let network = Network(spec, capacity: 8, seed: 11, compute: Compute(set))
    silenceOneUnit(of: network)
    let reference = ReferenceNetwork(spec, state: network.stateDictionary(), seed: 11)
    let batch = Batch(spec, count: count, seed: 2)
    network.isObserved = true
    for first in stride(from: 0, to: count, by: 8) {
      let range = first..<min(first + 8, count)
      batch.fill(network, range)
      network.forward(count: range.count, mode: .evaluation)
    }
    let passes = batch.samples.map { sample in
      let pass = ReferencePass(network: reference, step: nil, slot: 0)
      _ = pass.forward(sample)
      return pass
    }
    let layers = spec.count(.activations)
    try #require(network.observers.count == layers)
    for (index, observer) in network.observers.enumerated() {
      check(f, observer, index: index, passes.map { $0.responses[index] }, reference)
    }
    let seen = network.observers[0].responses
    network.isObserved = false
    network.forward(count: 3, mode: .evaluation)
    #expect(network.observers[0].responses == seen)
    network.observers[0].reset()
    #expect(network.observers[0].responses == 0)
    #expect(network.observers[0].largestDerivatives.elements.allSatisfy { $0 == 0 })
  }

  /// Sets its pre-activation to about −9 everywhere: a negligible gradient, yet no two values tie.
  private func silenceOneUnit(of network: Network) {
    let name = "\(network.observers[0].name).bias"
    network.arena.parameters(of: network.arena.view(name))[0] = -9
  }

  private func check(
    _ f: Activation, _ observer: LayerObserver, index: Int, _ samples: [[Double]],
    _ reference: ReferenceNetwork
  ) {
    let places = samples[0].count / observer.units
    var largest = [Double](repeating: 0, count: observer.units)
    var saturated = 0
    for sample in samples {
      for (place, x) in sample.enumerated() {
        let unit = place / places
        let slope = reference.parameters["act\(index + 1).weight"]?[unit] ?? 0
        let derivative = abs(ReferenceActivation.derivative(f, x, slope: slope))
        largest[unit] = max(largest[unit], derivative)
        if derivative < Double(LayerObserver.threshold) { saturated += 1 }
      }
    }
    let all = samples.flatMap { $0 }
    let sum = all.reduce(0, +)
    let squares = all.reduce(0) { $0 + $1 * $1 }
    #expect(observer.responses == all.count)
    #expect(abs(observer.saturated - saturated) <= all.count / 500, "\(f) \(observer.name)")
    #expect(distance(Array(observer.largestDerivatives.elements), largest) < 1e-4, "\(f)")
    #expect(abs(observer.sum - sum) < 1e-4 * all.reduce(0) { $0 + abs($1) }, "\(f)")
    #expect(abs(observer.sumOfSquares - squares) < 1e-4 * squares, "\(f)")
    // The sigmoid's and the exponential's derivatives vanish there too; learned slopes don't.
    if index == 0, [.relu, .gelu, .sigmoid, .elu(alpha: 1)].contains(f) {
      #expect(largest[0] < 1e-3)
      #expect(observer.largestDerivatives.base[0] < LayerObserver.threshold)
    }
  }

  @Test(arguments: InstructionSet.available)
  func squaresAddUp(_ set: InstructionSet) {
    let network = Network(Specs.ffnn(.relu), capacity: 1, seed: 1, compute: Compute(set))
    for view in network.arena.views {
      let values = network.arena.parameters(of: view)
      let plain = values.reduce(0.0) { $0 + Double($1) * Double($1) }
      #expect(abs(network.sumOfSquares(values) - plain) <= 1e-6 * plain)
    }
  }
}
