import NeuralNet
import Testing

/// Several steps of training against the reference, parameter by parameter.
@Suite struct TrainingTests {
  /// A larger ε than usual: otherwise, if a gradient is only rounding error, Adam takes a full step
  /// in its direction, which differs between computations.
  private static let adam = Adam(learningRate: 0.01, epsilon: 1e-3)

  @Test(arguments: InstructionSet.available, ReferenceActivation.all)
  func stepsAreTheReferences(_ set: InstructionSet, _ f: Activation) {
    for spec in [
      Specs.ffnn(f), Specs.ffnn(f, dropout: 0, classes: 2), Specs.cnn(f),
      Specs.padded(f, dropout: 0),
    ] {
      let network = Network(spec, capacity: 6, seed: 21, compute: Compute(set))
      network.makeSlopesDiffer()
      let reference = ReferenceNetwork(spec, state: network.stateDictionary(), seed: 21)
      var adam = ReferenceAdam(Self.adam)
      for step in 0..<5 {
        let batch = Batch(spec, count: 6, seed: UInt64(step))
        batch.fill(network)
        network.forward(count: 6, mode: .training(step: UInt32(step), firstSlot: 0))
        let loss = network.backward(count: 6, globalBatch: 6) / 6
        Self.adam.step(network, step: step + 1)
        let expected = reference.loss(batch.samples, labels: batch.labels, step: UInt32(step))
        adam.step(&reference.parameters, reference.gradients)
        #expect(abs(loss - expected.loss) < 3e-5 * max(1, expected.loss), "\(spec), step \(step)")
        guard step == 0 || step == 4 else { continue }
        for tensor in network.stateDictionary() {
          let plain = reference.parameters[tensor.name] ?? []
          let worst = zip(tensor.values, plain).map { abs(Double($0) - $1) }.max() ?? .infinity
          #expect(worst < 2e-4 * 0.01 * Double(step + 1), "\(tensor.name) \(spec), step \(step)")
        }
      }
    }
  }

  /// Slopes of both signs: pooling must keep both extremes of each window.
  @Test(arguments: InstructionSet.available)
  func slopesOfBothSigns(_ set: InstructionSet) {
    let f = Activation.parametricReLU(initialSlope: 0.25)
    for spec in [Specs.cnn(f), Specs.padded(f), Specs.ffnn(f)] {
      for general in [false, true] {
        let network = Network(
          spec, capacity: 5, seed: 3, compute: Compute(set), generalConvolutions: general)
        network.makeSlopesDiffer()
        let reference = ReferenceNetwork(spec, state: network.stateDictionary(), seed: 3)
        let batch = Batch(spec, count: 5, seed: 6)
        batch.fill(network)
        network.forward(count: 5, mode: .training(step: 2, firstSlot: 0))
        _ = network.backward(count: 5, globalBatch: 5)
        _ = reference.loss(batch.samples, labels: batch.labels, step: 2)
        for (name, values) in network.gradientsByName {
          let apart = distance(values, reference.gradients[name] ?? [])
          #expect(apart < 1e-4, "\(name) of \(spec): \(apart)")
        }
      }
    }
  }

  /// SReLU(1, β) and ELU(β) stay one function through training, even for negative β.
  @Test(arguments: InstructionSet.available, [0.05, 1, -0.2] as [Float])
  func sreluTrainsAsELU(_ set: InstructionSet, _ beta: Float) {
    for general in [false, true] {
      let hashes = [Activation.elu(alpha: beta), .srelu(alpha: 1, beta: beta)].map { f in
        let spec = Specs.cnn(f)
        let network = Network(
          spec, capacity: 8, seed: 1, compute: Compute(set), generalConvolutions: general)
        network.train(steps: 6, batch: Batch(spec, count: 8, seed: 1))
        return network.arena.hashes()
      }
      #expect(hashes[0] == hashes[1])
    }
  }

  @Test(arguments: InstructionSet.available)
  func theSameTrainingGivesTheSameBits(_ set: InstructionSet) {
    for spec in [Specs.cnn(.gelu), Specs.padded(.srelu(alpha: 1, beta: 0.1)), Specs.ffnn(.tanh)] {
      // The capacity must not matter.
      let hashes = [7, 7, 19].map { capacity in
        let network = Network(spec, capacity: capacity, seed: 1, compute: Compute(set))
        network.train(steps: 5, batch: Batch(spec, count: 7, seed: 1))
        return network.arena.hashes()
      }
      #expect(Set(hashes).count == 1, "\(spec)")
    }
  }

  @Test(arguments: [0.25, -0.4] as [Float])
  func slopesOfConvolutionsLearn(_ slope: Float) {
    let spec = Specs.cnn(.parametricReLU(initialSlope: slope), dropout: 0)
    let network = Network(spec, capacity: 16, seed: 1)
    let losses = network.train(
      steps: 60, batch: Batch(spec, count: 16, seed: 1), adam: Adam(learningRate: 0.01))
    for name in ["act1.weight", "act2.weight", "act3.weight"] {
      let moved = network.arena.parameters(of: network.arena.view(name)).map { abs($0 - slope) }
      #expect(moved.count { $0 > 1e-3 } > moved.count / 2, "\(name) \(moved)")
    }
    #expect(losses[59] < 0.5 * losses[0])
  }

  /// Every activation can memorise a small problem.
  @Test(arguments: ReferenceActivation.all)
  func lossFalls(_ f: Activation) {
    let spec = Specs.ffnn(f, dropout: 0, hidden: [32, 32])
    let network = Network(spec, capacity: 24, seed: 1)
    let losses = network.train(
      steps: 300, batch: Batch(spec, count: 24, seed: 1), adam: Adam(learningRate: 0.01))
    #expect(losses[299] < 0.3 * losses[0], "\(losses[0]) to \(losses[299])")
  }
}

extension Network {
  /// Sets learned slopes to different values of both signs, not 0, which would make values tie.
  func makeSlopesDiffer() {
    for view in arena.views where view.name.hasPrefix("act") {
      for (i, slope) in arena.parameters(of: view).indices.enumerated() {
        arena.parameters(of: view)[slope] += 0.15 * Float(i % 7 - 3) + 0.07
      }
    }
  }

  /// Trains on one batch and returns each step's mean loss.
  @discardableResult func train(steps: Int, batch: Batch, adam: Adam = Adam()) -> [Double] {
    let count = batch.samples.count
    batch.fill(self)
    return (0..<steps).map { step in
      forward(count: count, mode: .training(step: UInt32(step), firstSlot: 0))
      let loss = backward(count: count, globalBatch: count)
      adam.step(self, step: step + 1)
      return loss / Double(count)
    }
  }
}
