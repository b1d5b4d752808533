import NeuralNet
import Testing

/// Layers in any order, most of them plain, against the reference and differences of the loss.
@Suite struct LayerSequenceTests {
  static let input = ImageShape(height: 8, width: 7, channels: 2)

  private static func conv(_ filters: Int, _ kernel: Int, padded: Bool = false) -> LayerSpec {
    .convolution(Convolution(filters: filters, kernel: kernel, padded: padded))
  }
  private static func act(_ f: Activation) -> LayerSpec { .activation(ActivationLayer(f)) }
  private static func dense(_ units: Int) -> LayerSpec { .dense(Dense(units: units)) }
  private static func pool(_ size: Int, partial: Bool = false) -> LayerSpec {
    .maxPool(MaxPool(size: size, keepsPartialWindows: partial))
  }
  private static let mean = LayerSpec.globalAveragePool(GlobalAveragePool())
  private static let drop = LayerSpec.dropout(Dropout(0.3))
  private static let prelu = Activation.parametricReLU(initialSlope: 0.25)

  /// Learns a number that the whole network has one of.
  private static let shared = ReferenceFormula.all[8].activation

  /// Each has three classes.
  static let sequences: [[LayerSpec]] = [
    // Only a dense layer; plain ones before it, in rows; learned slopes before any weight.
    [dense(3)],
    [drop, act(.tanh), dense(3)],
    [act(prelu), dense(3)],
    // Every kind by itself, in another order than in the fused kernels.
    [conv(4, 3), act(.gelu), drop, conv(3, 2), pool(3), dense(5), drop, act(.tanh), dense(3)],
    [drop, conv(5, 3, padded: true), pool(2, partial: true), act(prelu), dense(7), dense(3)],
    [conv(4, 3), pool(2), act(.srelu(alpha: 1, beta: 0.1)), dense(3)],
    [pool(2), conv(3, 2), conv(4, 2), dense(3)],
    // Windows that the fused kernels don't support, and a pooling that doesn't match the padding.
    [conv(4, 3), act(.elu(alpha: 1)), pool(3), drop, dense(3)],
    [conv(4, 3, padded: true), act(.sigmoid), pool(2), dense(3)],
    // A function that rises, then falls: any pixel may be the maximum, so it can't be pooled
    // before.
    [conv(8, 3), act(.srelu(alpha: -1, beta: 1)), pool(2), drop, dense(3)],
    // Fused and plain ones alternating.
    [
      conv(8, 3), act(.relu), pool(2), drop, act(.tanh), dense(6), act(prelu), drop, drop, dense(3),
    ],
    [
      conv(8, 3), act(.gelu), pool(2), conv(3, 2), dense(9), act(.gelu), dense(4), act(.tanh),
      dense(3),
    ],
    // From panels back to rows: after a fused dense layer, and at the end.
    [dense(6), act(.srelu(alpha: 1.5, beta: 0.5)), drop, conv(3, 1)],
    [dense(6), act(.tanh), act(.tanh), dense(3), act(.tanh)],
    // Means over all pixels: at the end, between fused layers, and of the input itself.
    [conv(4, 3, padded: true), act(.gelu), drop, conv(3, 2), mean],
    [conv(8, 3), act(.srelu(alpha: 1, beta: 0.1)), pool(2), mean, dense(5), act(prelu), dense(3)],
    [mean, dense(3)],
    // A function for each layer, of which the later ones learn one number together.
    [
      conv(4, 3), act(.relu), pool(2), dense(6), act(shared), dense(5), act(.gelu), dense(4),
      act(shared), dense(3),
    ],
    // No dense layer at all.
    [conv(4, 3), act(.gelu), conv(3, 5), pool(2, partial: true)],
  ]

  /// Sequences with layers that couple samples, which the reference doesn't support.
  static let coupled: [[LayerSpec]] = [
    [.batchNorm(BatchNorm()), dense(3)],
    [conv(4, 3), .batchNorm(BatchNorm(epsilon: 0.01)), act(.gelu), drop, conv(3, 2), mean],
    [
      conv(4, 3), act(.tanh), .batchNorm(BatchNorm()), dense(6), .batchNorm(BatchNorm(momentum: 1)),
      act(prelu), dense(3),
    ],
  ]

  private func spec(_ layers: [LayerSpec]) -> NetworkSpec {
    NetworkSpec(input: Self.input, layers: layers, classes: 3)
  }

  @Test(arguments: InstructionSet.available, sequences)
  func areTheReferences(_ set: InstructionSet, _ layers: [LayerSpec]) {
    let spec = spec(layers)
    #expect(spec.flaw == nil)
    for (count, capacity) in [(1, 1), (5, 9), (19, 19)] {
      let network = Network(spec, capacity: capacity, seed: 13, compute: Compute(set))
      network.makeSlopesDiffer()
      let reference = ReferenceNetwork(spec, state: network.stateDictionary(), seed: 13)
      let batch = Batch(spec, count: count, seed: 5)
      batch.fill(network)
      network.forward(count: count, mode: .evaluation)
      let plain = reference.loss(
        batch.samples, labels: batch.labels, step: nil, wantsGradients: false)
      #expect(distance(network.logitRows(count), plain.logits.flatMap { $0 }) < 2e-5)
      network.forward(count: count, mode: .training(step: 3, firstSlot: 40))
      let loss = network.backward(count: count, globalBatch: count)
      let trained = reference.loss(batch.samples, labels: batch.labels, step: 3, firstSlot: 40)
      #expect(abs(loss / Double(count) - trained.loss) < 2e-5 * max(1, trained.loss))
      let found = network.gradientsByName
      #expect(found.count == reference.gradients.count && !found.isEmpty)
      for (name, values) in found {
        let apart = distance(values, reference.gradients[name] ?? [])
        #expect(apart < 1e-4, "\(name), \(count) samples: \(apart)")
      }
    }
  }

  /// Where a window's largest value changes, the loss has a kink and no slope to compare with.
  static let withoutPools = sequences.filter { layers in
    !layers.contains { if case .maxPool = $0 { true } else { false } }
  }

  /// The gradient along a random direction is the slope of the loss along it.
  @Test(arguments: withoutPools + coupled)
  func gradientsAreTheLosssSlopes(_ layers: [LayerSpec]) {
    let spec = spec(layers)
    let network = Network(spec, capacity: 6, seed: 2)
    network.makeSlopesDiffer()
    Batch(spec, count: 6, seed: 7).fill(network)
    func loss() -> Double {
      network.forward(count: 6, mode: .training(step: 1, firstSlot: 0))
      return network.loss(count: 6) / 6
    }
    _ = loss()
    _ = network.backward(count: 6, globalBatch: 6)
    for view in network.arena.views {
      let values = network.arena.parameters(of: view)
      let gradient = network.arena.gradients(of: view).map(Double.init)
      var numbers = Numbers(UInt64(view.offset) + 1)
      let direction = values.map { _ in Float(numbers.uniform()) }
      let start = Array(values)
      let size = 2e-3 as Float
      func moved(_ sign: Float) -> Double {
        for i in values.indices { values[i] = start[i] + sign * size * direction[i] }
        return loss()
      }
      let measured = (moved(1) - moved(-1)) / Double(2 * size)
      for i in values.indices { values[i] = start[i] }
      let expected = zip(gradient, direction).reduce(0) { $0 + $1.0 * Double($1.1) }
      #expect(abs(measured - expected) < 2e-3 + 0.03 * abs(expected), "\(view.name)")
    }
  }

  /// Neither the capacity nor a fused step changes a bit.
  @Test(arguments: sequences + coupled)
  func stepsAreTheSameBits(_ layers: [LayerSpec]) {
    let spec = spec(layers)
    let findings = AlignedBuffer<StepFindings>(count: 1)
    let hashes = [(7, false), (7, true), (20, true)].map { capacity, isFused in
      let network = Network(spec, capacity: capacity, seed: 1)
      for number in 1...4 {
        Batch(spec, count: 7, seed: UInt64(number)).fill(network)
        network.forward(count: 7, mode: .training(step: UInt32(number), firstSlot: 0))
        let step = network.step(Adam(), number: number)
        _ = network.backward(
          count: 7, globalBatch: 7, fused: isFused ? FusedStep(step, findings: findings.base) : nil)
        let all = [0..<network.arena.parameters.count]
        for range in isFused ? network.unfusedRanges : all {
          network.apply(step, range: range, findings: findings.base)
        }
      }
      return network.arena.hashes()
    }
    #expect(hashes[0] == hashes[1] && hashes[1] == hashes[2])
    #expect(hashes[0] != Network(spec, capacity: 1, seed: 1).arena.hashes())
  }

  /// If the pixels are their channel's number plus a checkerboard, the mean is the number.
  @Test func theGlobalAverageHasAClosedForm() {
    let spec = NetworkSpec(
      input: ImageShape(height: 4, width: 6, channels: 3), layers: [Self.mean, Self.dense(3)],
      classes: 3)
    let network = Network(spec, capacity: 1, seed: 1)
    for view in network.arena.views {
      let values = network.arena.parameters(of: view)
      // The identity, without bias.
      for i in values.indices { values[i] = view.shape.count == 2 && i % 4 == 0 ? 1 : 0 }
    }
    for pixel in 0..<24 {
      for channel in 0..<3 {
        let checker: Float = (pixel / 6 + pixel % 6) % 2 == 0 ? 1 : -1
        network.input.base[3 * pixel + channel] = Float(channel) + checker
      }
    }
    network.forward(count: 1, mode: .evaluation)
    #expect(network.logitRows(1) == [0, 1, 2])
    #expect(ModelCost(spec)?.parameters == 12)
  }

  /// NaN wins its window at any position, as in the fused kernels.
  @Test func aNaNInAWindowStaysVisible() {
    let spec = spec([Self.pool(2), Self.dense(3)])
    for place in 0..<4 {
      let network = Network(spec, capacity: 2, seed: 1)
      network.input.base[(place / 2 * 7 + place % 2) * 2 + 1] = .nan
      network.forward(count: 2, mode: .evaluation)
      let logits = network.logitRows(2)
      #expect(logits[..<3].allSatisfy { $0.isNaN }, "place \(place)")
      #expect(logits[3...].allSatisfy { $0 == 0 })
    }
  }

  /// A part is named after the layer before its activation and contains all tensors trained since
  /// the previous activation.
  @Test func observersAreNamedAfterTheirLayers() {
    let network = Network(
      spec([
        Self.conv(4, 3), Self.conv(4, 3), Self.act(Self.prelu), Self.act(.tanh), Self.dense(5),
        Self.act(.relu), Self.dense(3),
      ]), capacity: 4, seed: 1)
    #expect(network.observers.map(\.name) == ["conv2", "act2", "fc1"])
    #expect(network.observers.map(\.units) == [4, 4, 5])
    #expect(
      network.observers.map { $0.tensors.map(\.name) } == [
        ["conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "act1.weight"], [],
        ["fc1.weight", "fc1.bias"],
      ])
    #expect(network.observers.map { $0.learned.first?.view.name } == ["act1.weight", nil, nil])
    #expect(network.observers[0].learned.map(\.parameter) == ["slope"])
    // A formula that the kernel computes keeps its parameter's name.
    let own = Activation(
      .named("PARAMETRIC"), learned: [.init("a", initial: 0.25, scope: .channel)])
    let other = Network(spec([Self.dense(5), Self.act(own), Self.dense(3)]), capacity: 4, seed: 1)
    #expect(other.observers[0].learned.map(\.parameter) == ["a"])
    network.isObserved = true
    Batch(network.spec, count: 4, seed: 1).fill(network)
    network.forward(count: 4, mode: .evaluation)
    // 4 × 3 pixels remain of 8 × 7.
    #expect(network.observers.map(\.responses) == [4 * 4 * 12, 4 * 4 * 12, 4 * 5])
  }

  /// The runs' composition doesn't matter either: a batch of many runs equals its halves.
  @Test func halvesAddUpToABatchOfManyRuns() {
    let spec = NetworkSpec(
      input: ImageShape(height: 40, width: 30, channels: 3),
      layers: [Self.conv(4, 3), Self.pool(2), Self.act(.gelu), Self.drop, Self.dense(3)],
      classes: 3)
    let batch = Batch(spec, count: 23, seed: 4)
    func gradients(_ range: Range<Int>) -> [Double] {
      let network = Network(spec, capacity: range.count, seed: 2)
      batch.fill(network, range)
      network.forward(
        count: range.count, mode: .training(step: 5, firstSlot: UInt32(range.lowerBound)))
      _ = network.backward(count: range.count, globalBatch: 23)
      return network.arena.gradients.map(Double.init)
    }
    let halves = zip(gradients(0..<9), gradients(9..<23)).map { Float($0 + $1) }
    #expect(distance(halves, gradients(0..<23)) < 1e-5)
  }

  /// Untrained state is part of the state dictionary, checkpoints and hashes.
  @Test func stateLiesBesideTheParameters() {
    func tensor(_ name: String, _ count: Int) -> ParameterArena.Tensor {
      (name, TensorSpec(name, [count], initial: .constant(0), sum: .whole))
    }
    let arena = ParameterArena(
      [tensor("fc1.weight", 20)],
      state: [tensor("norm1.running_mean", 5), tensor("norm1.steps", 1)],
      slots: Adam.slots)
    #expect(arena.tensors.map(\.view.name) == ["fc1.weight", "norm1.running_mean", "norm1.steps"])
    #expect(arena.parameters.count == 32 && arena.state.count == 32)
    #expect(
      arena.kept.map(\.name) == [
        "parameters", "adam.first_moments", "adam.second_moments", "state",
      ])
    let before = arena.hashes()
    arena.tensors[2].values[0] = 1
    #expect(zip(before, arena.hashes()).map { $0 == $1 } == [true, true, false])
    #expect(arena.state.base[16] == 1)
    let without = ParameterArena([tensor("fc1.weight", 20)], slots: [])
    #expect(without.kept.map(\.name) == ["parameters"])
  }
}
