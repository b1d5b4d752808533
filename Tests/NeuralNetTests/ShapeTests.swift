import NeuralNet
import Testing

/// Random and unusual shapes against the reference.
@Suite struct ShapeTests {
  /// Compares loss, logits and gradients of one training step with the reference's.
  private func compare(
    _ spec: NetworkSpec, count: Int, capacity: Int? = nil, set: InstructionSet,
    general: Bool = false, tolerance: Double = 1e-4
  ) {
    let network = Network(
      spec, capacity: capacity ?? count, seed: 13, compute: Compute(set),
      generalConvolutions: general)
    network.makeSlopesDiffer()
    let reference = ReferenceNetwork(spec, state: network.stateDictionary(), seed: 13)
    let batch = Batch(spec, count: count, seed: 5)
    batch.fill(network)
    network.forward(count: count, mode: .training(step: 1, firstSlot: 40))
    let loss = network.backward(count: count, globalBatch: count)
    let plain = reference.loss(batch.samples, labels: batch.labels, step: 1, firstSlot: 40)
    let where_ = "\(spec), \(count) samples, \(set), general \(general)"
    #expect(abs(loss / Double(count) - plain.loss) < 2e-5 * max(1, plain.loss), "\(where_)")
    #expect(distance(network.logitRows(count), plain.logits.flatMap { $0 }) < 5e-5, "\(where_)")
    #expect(network.gradientsByName.count == reference.gradients.count)
    for (name, values) in network.gradientsByName {
      let apart = distance(values, reference.gradients[name] ?? [])
      #expect(apart < tolerance, "\(name) of \(where_): \(apart)")
    }
  }

  @Test(arguments: InstructionSet.available)
  func randomNetworks(_ set: InstructionSet) {
    var numbers = Numbers(101)
    var (direct, general, tried) = (0, 0, 0)
    for _ in 0..<90 {
      let depth = numbers.below(3)
      let padded = numbers.below(4) == 0
      let spec = NetworkSpec(
        input: ImageShape(
          height: 3 + numbers.below(9), width: 3 + numbers.below(9),
          channels: numbers.pick([1, 1, 2, 3, 8])),
        convolutions: (0..<depth).map { _ in
          .init(
            filters: numbers.pick([1, 3, 8, 16, 20, 32, 32, 64]),
            kernel: numbers.pick([1, 2, 3, 5]),
            padded: padded)
        },
        hidden: (0..<numbers.below(3)).map { _ in numbers.pick([1, 5, 17, 40]) },
        classes: 2 + numbers.below(4), activation: numbers.pick(ReferenceActivation.all),
        dropout: numbers.pick([0, 0.3]))
      if spec.flaw != nil { continue }
      let count = 1 + numbers.below(7)
      tried += 1
      for flag in Network(spec, capacity: 1, seed: 0, compute: Compute(set)).directConvolutions {
        if flag { direct += 1 } else { general += 1 }
      }
      compare(spec, count: count, capacity: count + numbers.below(3), set: set)
    }
    #expect(tried > 50 && direct > 5 && general > 10, "\(tried) \(direct) \(general)")
  }

  /// Wide layers use several vectors and the matrix library's larger blocks.
  @Test(arguments: InstructionSet.available)
  func wideLayers(_ set: InstructionSet) {
    let f = Activation.srelu(alpha: 1, beta: 0.1)
    compare(Specs.ffnn(f, hidden: [512, 512], classes: 10), count: 19, set: set)
    compare(
      NetworkSpec(
        input: ImageShape(height: 14, width: 13, channels: 1),
        convolutions: [.init(filters: 32, kernel: 3), .init(filters: 64, kernel: 3)],
        hidden: [33], classes: 10, activation: f), count: 3, set: set)
  }

  /// Colour images without convolutions, no hidden layers, and neither.
  @Test(arguments: InstructionSet.available)
  func missingParts(_ set: InstructionSet) {
    let colours = ImageShape(height: 4, width: 3, channels: 3)
    let convolution = Convolution(filters: 16, kernel: 2)
    for spec in [
      NetworkSpec(input: colours, hidden: [6], classes: 3, activation: .gelu),
      NetworkSpec(input: colours, hidden: [], classes: 2, activation: .relu),
      NetworkSpec(
        input: colours, convolutions: [convolution], hidden: [], classes: 5, activation: .tanh),
    ] {
      compare(spec, count: 4, set: set)
    }
  }

  /// Images so large that the general path takes them in several parts, the last one smaller.
  @Test(arguments: InstructionSet.available)
  func severalParts(_ set: InstructionSet) {
    // 26 × 25 × 75 columns per image: five images per part.
    compare(
      NetworkSpec(
        input: ImageShape(height: 26, width: 25, channels: 3),
        convolutions: [.init(filters: 2, kernel: 5, padded: true)], hidden: [], classes: 3,
        activation: .elu(alpha: 1)), count: 12, set: set)
    // The paper's second convolution: seven images per part.
    let networks = [false, true].map {
      Network(
        Paper.cnn(.gelu), capacity: 17, seed: 1, compute: Compute(set), generalConvolutions: $0)
    }
    #expect(networks.map(\.directConvolutions) == [[true, true], [false, false]])
    for network in networks {
      Batch(network.spec, count: 17, seed: 3).fill(network)
      network.forward(count: 17, mode: .training(step: 0, firstSlot: 0))
      _ = network.backward(count: 17, globalBatch: 17)
    }
    let plain = networks[1].gradientsByName
    for (name, values) in networks[0].gradientsByName {
      #expect(distance(values, (plain[name] ?? []).map(Double.init)) < 5e-5, "\(name)")
    }
  }

  /// Two convolutions on integers, after activations and dropout that keep numbers exact: windows
  /// tie in both, and both paths must send every gradient where the reference does.
  @Test(arguments: InstructionSet.available)
  func tiesInEveryLayer(_ set: InstructionSet) {
    let exact: [Activation] = [
      .relu, .leakyReLU(slope: 0.5), .leakyReLU(slope: -0.5),
      .parametricReLU(initialSlope: 0.5), .parametricReLU(initialSlope: -0.5),
    ]
    for f in exact {
      let spec = NetworkSpec(
        input: ImageShape(height: 12, width: 11, channels: 1),
        convolutions: [.init(filters: 16, kernel: 3), .init(filters: 16, kernel: 3)], hidden: [],
        classes: 3, activation: f, dropout: 0.5)
      let batch = Batch(spec, count: 5, seed: 8, integers: true)
      for general in [false, true] {
        let network = Network(
          spec, capacity: 5, seed: 3, compute: Compute(set), generalConvolutions: general)
        for view in network.arena.views where view.shape.count == 4 {
          var numbers = Numbers(UInt64(view.offset))
          let weights = network.arena.parameters(of: view)
          for i in weights.indices { weights[i] = Float(numbers.below(3) - 1) }
        }
        let reference = ReferenceNetwork(spec, state: network.stateDictionary(), seed: 3)
        batch.fill(network)
        network.forward(count: 5, mode: .training(step: 1, firstSlot: 0))
        _ = network.backward(count: 5, globalBatch: 5)
        _ = reference.loss(batch.samples, labels: batch.labels, step: 1)
        for (name, values) in network.gradientsByName {
          let apart = distance(values, reference.gradients[name] ?? [])
          #expect(apart < 1e-5, "\(name), \(f), \(set), general \(general): \(apart)")
        }
      }
    }
  }

  /// A rank without samples in a short last batch adds nothing to the sum.
  @Test(arguments: InstructionSet.available)
  func anEmptyBatchHasNoGradient(_ set: InstructionSet) {
    for spec in Specs.all(.parametricReLU(initialSlope: 0.25)) {
      for general in [false, true] {
        let network = Network(
          spec, capacity: 4, seed: 1, compute: Compute(set), generalConvolutions: general)
        Batch(spec, count: 4, seed: 1).fill(network)
        network.forward(count: 4, mode: .training(step: 0, firstSlot: 0))
        _ = network.backward(count: 4, globalBatch: 4)
        #expect(network.arena.gradients.contains { $0 != 0 })
        network.forward(count: 0, mode: .training(step: 1, firstSlot: 0))
        #expect(network.backward(count: 0, globalBatch: 4) == 0)
        for view in network.arena.views {
          let rest = network.arena.gradients(of: view).count { $0 != 0 }
          #expect(rest == 0, "\(view.name) of \(spec), general \(general)")
        }
      }
    }
  }
}
