import NeuralNet
import Testing

/// The library against the plain reference.
@Suite struct NetworkTests {
  @Test(arguments: InstructionSet.available, ReferenceActivation.all)
  func forwardAndGradients(_ set: InstructionSet, _ f: Activation) {
    for dropout in [0, 0.3] as [Float] {
      for spec in Specs.all(f, dropout: dropout) {
        for general in spec.count(.convolutions) == 0 ? [false] : [false, true] {
          compare(spec, set, general: general)
        }
      }
    }
  }

  /// Formulas of every shape and way to share a learned parameter.
  @Test(arguments: InstructionSet.available, ReferenceFormula.all)
  func formulas(_ set: InstructionSet, _ f: ReferenceFormula) {
    for dropout in [0, 0.3] as [Float] {
      for spec in Specs.all(f.activation, dropout: dropout) {
        for general in spec.count(.convolutions) == 0 ? [false] : [false, true] {
          compare(spec, set, general: general)
        }
      }
    }
  }

  private func compare(_ spec: NetworkSpec, _ set: InstructionSet, general: Bool) {
    let count = 5
    let network = Network(
      spec, capacity: 7, seed: 11, compute: Compute(set), generalConvolutions: general)
    let reference = ReferenceNetwork(spec, state: network.stateDictionary(), seed: 11)
    let batch = Batch(spec, count: count, seed: 2)
    batch.fill(network)

    network.forward(count: count, mode: .evaluation)
    let plain = reference.loss(
      batch.samples, labels: batch.labels, step: nil, wantsGradients: false)
    #expect(distance(network.logitRows(count), plain.logits.flatMap { $0 }) < 2e-5, "\(spec)")
    #expect(abs(network.loss(count: count) / Double(count) - plain.loss) < 2e-5, "\(spec)")
    for row in 0..<count {
      let z = plain.logits[row]
      let expected = z.count == 1 ? (z[0] > 0 ? 1 : 0) : z.indices.max { z[$0] < z[$1] } ?? 0
      #expect(Int(network.predictions.base[row]) == expected, "\(spec)")
    }

    network.forward(count: count, mode: .training(step: 7, firstSlot: 3))
    let loss = network.backward(count: count, globalBatch: 9)
    let trained = reference.loss(
      batch.samples, labels: batch.labels, step: 7, firstSlot: 3, globalBatch: 9)
    #expect(abs(loss / 9 - trained.loss) < 2e-5, "\(spec)")
    for (name, values) in network.gradientsByName {
      let apart = distance(values, reference.gradients[name] ?? [])
      // The gradient of a shared parameter is a sum in which much cancels.
      #expect(
        apart < (values.count == 1 ? 1e-3 : 1e-4),
        "\(name) of \(spec), \(set), general \(general): \(apart)")
    }
  }

  @Test func thePaperNetworksAreDirect() {
    for set in InstructionSet.available {
      #expect(
        Network(Paper.cnn(.relu), capacity: 1, seed: 0, compute: Compute(set))
          .directConvolutions == [true, true])
    }
  }

  /// Random shapes, with values from {-1, 0, 1} so that windows tie: both paths pick the same
  /// pixel.
  @Test(arguments: InstructionSet.available)
  func directEqualsGeneral(_ set: InstructionSet) {
    var numbers = Numbers(77)
    var direct = 0
    for trial in 0..<40 {
      // After an activation sums are no longer exact, so only the first convolution ties.
      let hasTies = trial % 2 == 0
      let shape = ImageShape(
        height: 8 + numbers.below(9), width: 8 + numbers.below(9),
        channels: numbers.pick([1, 4, 16]))
      let spec = NetworkSpec(
        input: shape,
        convolutions: (0..<(hasTies ? 1 : 2)).map { _ in
          .init(filters: numbers.pick([8, 16, 32]), kernel: numbers.pick([1, 3]))
        }, hidden: [8], classes: 3, activation: numbers.pick(ReferenceActivation.all), dropout: 0.3)
      guard spec.flaw == nil else { continue }
      let networks = [false, true].map {
        Network(spec, capacity: 6, seed: 3, compute: Compute(set), generalConvolutions: $0)
      }
      if networks[0].directConvolutions.contains(true) { direct += 1 }
      let batch = Batch(spec, count: 6, seed: UInt64(trial), integers: hasTies)
      for network in networks {
        // Powers of two and small integers: sums are exact in any order, so ties are ties.
        for view in network.arena.views where hasTies && view.shape.count == 4 {
          var values = Numbers(UInt64(view.offset))
          for index in network.arena.parameters(of: view).indices {
            network.arena.parameters(of: view)[index] = Float(values.below(3) - 1) / 8
          }
        }
        batch.fill(network)
        network.forward(count: 6, mode: .training(step: 1, firstSlot: 0))
        _ = network.backward(count: 6, globalBatch: 6)
      }
      let expected = networks[1].gradientsByName
      for (name, values) in networks[0].gradientsByName {
        let apart = distance(values, (expected[name] ?? []).map(Double.init))
        #expect(apart < 2e-5, "\(name) of \(spec), \(set): \(apart)")
      }
    }
    #expect(direct > 10)
  }

  @Test(arguments: InstructionSet.available)
  func twoHalvesAddUpToTheBatch(_ set: InstructionSet) {
    for spec in [Specs.ffnn(.srelu(alpha: 1, beta: 0.1)), Specs.cnn(.gelu)] {
      let batch = Batch(spec, count: 9, seed: 4)
      func gradients(_ range: Range<Int>) -> [Double] {
        let network = Network(spec, capacity: range.count, seed: 2, compute: Compute(set))
        batch.fill(network, range)
        network.forward(
          count: range.count, mode: .training(step: 5, firstSlot: UInt32(range.lowerBound)))
        _ = network.backward(count: range.count, globalBatch: 9)
        return network.arena.gradients.map(Double.init)
      }
      let halves = zip(gradients(0..<4), gradients(4..<9)).map { Float($0 + $1) }
      #expect(distance(halves, gradients(0..<9)) < 1e-5)
    }
  }

  @Test func sreluIsELUBitForBit() {
    for beta in [0.05, 0.1, 0.37, 1, 2] as [Float] {
      let networks = [Activation.elu(alpha: beta), .srelu(alpha: 1, beta: beta)].map { f in
        let spec = Specs.cnn(f)
        let network = Network(spec, capacity: 8, seed: 1)
        for step in 0..<5 {
          Batch(spec, count: 8, seed: UInt64(step)).fill(network)
          network.forward(count: 8, mode: .training(step: UInt32(step), firstSlot: 0))
          _ = network.backward(count: 8, globalBatch: 8)
          Adam().step(network, step: step + 1)
        }
        return network
      }
      #expect(
        networks[0].arena.parameters.elements.elementsEqual(networks[1].arena.parameters.elements))
      #expect(networks[0].arena.hashes() == networks[1].arena.hashes())
    }
  }

  @Test func nanStaysVisible() {
    for f in ReferenceActivation.all {
      for spec in [Specs.ffnn(f), Specs.cnn(f), Specs.ffnn(f, classes: 2)] {
        let network = Network(spec, capacity: 2, seed: 1)
        Batch(spec, count: 2, seed: 1).fill(network)
        network.arena.parameters.elements.update(repeating: .nan)
        network.forward(count: 2, mode: .training(step: 0, firstSlot: 0))
        #expect(network.backward(count: 2, globalBatch: 2).isNaN, "\(f)")
      }
    }
  }
}

enum Paper {
  static let image = ImageShape(height: 28, width: 28, channels: 1)
  static func ffnn(_ f: Activation) -> NetworkSpec {
    NetworkSpec(input: image, classes: 10, activation: f)
  }
  static func cnn(_ f: Activation) -> NetworkSpec {
    NetworkSpec(
      input: image, convolutions: [.init(filters: 32, kernel: 3), .init(filters: 64, kernel: 3)],
      classes: 10, activation: f)
  }
}
