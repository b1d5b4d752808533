import CKernels

/// A network with every buffer planned for up to `capacity` samples at a time: nothing is allocated
/// by a pass.
///
/// A training step is: fill `input` and `labels`, `forward`, `backward`, average the gradients in
/// `arena`, `Adam.step`.
public final class Network {
  /// The network's shape.
  public let spec: NetworkSpec
  /// The most samples of one pass.
  public let capacity: Int
  /// Parameters, gradients and moments.
  public let arena: ParameterArena
  /// `capacity` samples, each `spec.input` in NHWC order; the caller fills the first ones.
  public let input: AlignedBuffer<Float>
  /// `capacity` class numbers; the caller fills the first ones.
  public let labels: AlignedBuffer<UInt8>
  /// The classes that the last `backward` or `loss` predicted.
  public let predictions: AlignedBuffer<UInt8>
  /// The kernels in use.
  public let instructionSet: InstructionSet
  /// Times each operation where it is set.
  package var recorder: OperationRecorder? {
    didSet {
      for layer in convolutions { layer.recorder = recorder }
      for layer in dense { layer.recorder = recorder }
    }
  }
  /// One for each hidden layer, first to last.
  package private(set) lazy var observers: [LayerObserver] =
    convolutions.map { $0.makeObserver() } + dense.compactMap { $0.makeObserver() }
  /// Whether the observers see evaluation passes.
  package var isObserved = false {
    didSet {
      for (layer, observer) in zip(convolutions, observers) {
        layer.observer = isObserved ? observer : nil
      }
      for (layer, observer) in zip(dense, observers.dropFirst(convolutions.count)) {
        layer.observer = isObserved ? observer : nil
      }
    }
  }
  private let convolutions: [ConvolutionLayer]
  private let dense: [DenseLayer]
  /// What the first dense layer reads.
  private let flattened: PanelBuffer
  /// The last `forward`'s logits: rows of `spec.outputs`.
  public let logits: UnsafeMutablePointer<Float>
  private let logitRows: AlignedBuffer<Float>
  /// Samples that go through all convolutions together.
  private let run: Int
  /// Gradients of the outputs of all convolutions but the last, for one run.
  private let runGradients: [AlignedBuffer<Float>]
  private let kernels: srelu_kernels
  private let gradientIn: AlignedBuffer<Float>
  private let gradientOut: AlignedBuffer<Float>

  /// Plans a network and draws its weights from `seed`.
  ///
  /// Traps if `spec.flaw` isn't nil. `generalConvolutions` sends every convolution through matrix
  /// products, which is slower and gives the same result to rounding. `memory` hands out the
  /// parameters' and gradients' memory where it isn't the network's own.
  public init(
    _ spec: NetworkSpec, capacity: Int, seed: UInt64,
    instructionSet: InstructionSet = .widest, precision: Precision = .float32,
    generalConvolutions: Bool = false, memory: ParameterArena.MemorySource? = nil
  ) rethrows {
    precondition(spec.flaw == nil, spec.flaw ?? "")
    precondition(capacity > 0, "a capacity of \(capacity) samples")
    precondition(
      spec.convolutions.isEmpty || spec.activation.shape != .other,
      "pooling in front of \(spec.activation)")
    var plan = NetworkPlan(
      spec: spec, capacity: capacity, seed: seed, kernels: instructionSet.kernels,
      general: generalConvolutions, precision: precision)
    convolutions = plan.convolutions()
    dense = plan.denseLayers()
    self.spec = spec
    self.capacity = capacity
    self.instructionSet = instructionSet
    kernels = instructionSet.kernels
    arena = try ParameterArena(plan.places.tensors, memory: memory)
    input = AlignedBuffer(count: capacity * spec.input.count)
    labels = AlignedBuffer(count: capacity)
    predictions = AlignedBuffer(count: capacity)
    let panel = Int(kernels.panel)
    flattened = PanelBuffer(width: spec.denseInputs, capacity: capacity, panel: panel)
    logitRows = AlignedBuffer(count: capacity * spec.outputs)
    logits = logitRows.base
    let run = plan.run
    self.run = run
    runGradients = convolutions.dropLast().map { AlignedBuffer(count: run * $0.outputCount) }
    let widest = dense.map(\.output.units.count) + [flattened.units.count]
    gradientIn = AlignedBuffer(count: widest.max() ?? 0)
    gradientOut = AlignedBuffer(count: widest.max() ?? 0)
    for layer in convolutions { layer.initialize(arena, seed: seed) }
    for layer in dense { layer.initialize(arena, seed: seed) }
  }

  /// Copies rows `indices` of `pixels`, scaled by `scale`, into the first rows of `input`.
  public func gather(
    pixels: UnsafePointer<UInt8>, indices: UnsafeBufferPointer<UInt32>, scale: Float
  ) {
    precondition(indices.count <= capacity, "\(indices.count) samples for \(capacity) places")
    guard let base = indices.baseAddress else { return }
    kernels.gather_bytes(indices.count, spec.input.count, base, pixels, scale, input.base)
  }

  /// Copies rows `indices` of `features` into the first rows of `input`.
  public func gather(features: UnsafePointer<Float>, indices: UnsafeBufferPointer<UInt32>) {
    precondition(indices.count <= capacity, "\(indices.count) samples for \(capacity) places")
    let length = spec.input.count
    for (row, index) in indices.enumerated() {
      (input.base + row * length).update(from: features + Int(index) * length, count: length)
    }
  }

  /// Computes the logits of the first `count` samples.
  public func forward(count: Int, mode: PassMode) {
    precondition(count <= capacity, "\(count) samples for \(capacity) places")
    let pass = Pass(count: count, mode: mode)
    forwardConvolutions(pass)
    let values = convolutions.last?.output ?? input
    recorded(recorder, "panels", bytes: Double(4 * 3 * count * flattened.width)) {
      kernels.rows_to_panels(
        count, flattened.width, values.base, mode == .evaluation ? nil : flattened.units.base,
        flattened.across.base)
    }
    var panels = flattened
    for layer in dense {
      layer.forward(pass, input: panels, arena: arena)
      panels = layer.output
    }
    dense[dense.count - 1].logits(count: count, arena: arena, rows: logits)
  }

  private func forwardConvolutions(_ pass: Pass) {
    for layer in convolutions { layer.beginForward(arena: arena) }
    forEachRun(of: pass.count) { run in
      var values = input
      for layer in convolutions {
        layer.forward(
          pass, run: run, input: values.base + run.lowerBound * layer.inputCount, arena: arena)
        values = layer.output
      }
    }
  }

  private func forEachRun(of count: Int, _ body: (Range<Int>) -> Void) {
    guard !convolutions.isEmpty else { return }
    var first = 0
    while first < count {
      let end = min(first + run, count)
      body(first..<end)
      first = end
    }
  }

  /// The summed loss of the last `forward`'s first `count` samples; fills `predictions`.
  public func loss(count: Int) -> Double { loss(count: count, scale: 0, gradient: nil) }

  /// After `forward` in training mode: the summed loss, and into the arena the gradient of
  /// (summed loss) / `globalBatch` by every parameter, zeros for no samples. Fills `predictions`.
  public func backward(count: Int, globalBatch: Int) -> Double {
    backward(count: count, globalBatch: globalBatch, fused: nil)
  }

  /// The same; with `fused`, the parameters outside `unfusedRanges` take its step at once, and no
  /// gradient of theirs is written. `ready` is told along the way from which place of the arena on
  /// gradients are what they will be and parameters have been read for the last time.
  package func backward(
    count: Int, globalBatch: Int, fused: FusedStep?, ready: ((Int) -> Void)? = nil
  ) -> Double {
    // An empty product would leave the gradients as they were.
    guard count > 0 else {
      arena.gradients.update(repeating: 0)
      return 0
    }
    let total = recorded(recorder, "loss") {
      defer { kernels.rows_to_panels(count, spec.outputs, gradientIn.base, gradientOut.base, nil) }
      return loss(count: count, scale: 1 / Float(globalBatch), gradient: gradientIn.base)
    }
    backwardDense(count: count, fused: fused, ready: ready)
    return total
  }

  /// From the logits' gradient, in unit panels of `gradientOut`, through all layers.
  private func backwardDense(count: Int, fused: FusedStep?, ready: ((Int) -> Void)?) {
    var upstream = gradientOut.base
    var downstream = gradientIn.base
    for index in dense.indices.reversed() {
      let isFirst = index == 0
      dense[index].backward(
        count: count, input: isFirst ? flattened : dense[index - 1].output,
        outputGradient: upstream,
        inputGradient: isFirst && convolutions.isEmpty ? nil : downstream, arena: arena,
        fused: fused)
      ready?(dense[index].weightRange.lowerBound)
      swap(&upstream, &downstream)
    }
    guard !convolutions.isEmpty else { return }
    recorded(recorder, "rows", bytes: Double(4 * 2 * count * flattened.width)) {
      kernels.panels_to_rows(count, flattened.width, upstream, downstream)
    }
    backwardConvolutions(count: count, gradient: downstream, ready: ready)
  }

  /// From the gradient of the last convolution's output, in rows.
  private func backwardConvolutions(
    count: Int, gradient: UnsafeMutablePointer<Float>, ready: ((Int) -> Void)?
  ) {
    for layer in convolutions { layer.beginBackward(arena: arena) }
    let last = convolutions.count - 1
    forEachRun(of: count) { run in
      var upstream = gradient + run.lowerBound * convolutions[last].outputCount
      for index in convolutions.indices.reversed() {
        let layer = convolutions[index]
        let input = index == 0 ? input : convolutions[index - 1].output
        let downstream = index == 0 ? nil : runGradients[index - 1].base
        layer.backward(
          run: run, input: input.base + run.lowerBound * layer.inputCount,
          outputGradient: upstream, inputGradient: downstream, arena: arena)
        if let downstream { upstream = downstream }
      }
      // Filters are added up over all runs: nothing new is ready, but what is under way moves on.
      ready?(dense[0].weightRange.lowerBound)
    }
  }

  private func loss(count: Int, scale: Float, gradient: UnsafeMutablePointer<Float>?) -> Double {
    spec.outputs == 1
      ? srelu_sigmoid_cross_entropy(
        count, logits, labels.base, scale, predictions.base, gradient)
      : srelu_softmax_cross_entropy(
        count, spec.outputs, logits, labels.base, scale, predictions.base, gradient)
  }

  /// The arena without what a fused step reaches.
  package private(set) lazy var unfusedRanges: [Range<Int>] = {
    var ranges: [Range<Int>] = []
    var start = 0
    for layer in dense where layer.isFusable {
      ranges.append(start..<layer.weightRange.lowerBound)
      start = layer.weightRange.upperBound
    }
    return (ranges + [start..<arena.parameters.count]).filter { !$0.isEmpty }
  }()

  /// The squares of some floats added up.
  package func sumOfSquares(_ values: UnsafeMutableBufferPointer<Float>) -> Double {
    var sums = (0.0, 0.0)
    guard let base = values.baseAddress else { return 0 }
    withUnsafeMutableBytes(of: &sums) { bytes in
      kernels.moments(
        values.count, base, bytes.assumingMemoryBound(to: Double.self).baseAddress)
    }
    return sums.1
  }

  /// Which convolutions run through the direct kernels, first to last.
  package var directConvolutions: [Bool] {
    convolutions.map(\.isDirect)
  }
}
