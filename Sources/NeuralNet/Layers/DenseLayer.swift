import CKernels
import Models

/// y = dropout(f(x·Wᵀ + b)), W (outputs, inputs), `dense, activation, dropout` in one, from panels to panels;
/// without an activation stage y = x·Wᵀ + b, from panels to rows.
final class DenseLayer: Layer {
  /// The activated output; the plain products where there is no stage.
  private let products: PanelBuffer
  var observer: LayerObserver?
  private let name: String
  private let recorder: OperationRecorder?
  private let inputs: Int
  private let outputs: Int
  /// The output of a layer without a stage.
  private let rows: AlignedBuffer<Float>
  /// And its gradient, in unit panels.
  private let rowGradients: AlignedBuffer<Float>
  private let stage: ActivationStage?
  private let kernels: srelu_kernels
  /// The output's derivative by the pre-activation, in unit panels.
  private let derivative: AlignedBuffer<Float>
  private let scratch: AlignedBuffer<Float>
  private let threads: Int
  private let precision: Precision
  /// Per thread, operands as bfloat16.
  private let operands: AlignedBuffer<UInt32>
  private let operandCount: Int
  private let weight: Int
  private let bias: Int

  init(_ layer: PlannedLayer, stage: ActivationStage?, _ context: LayerContext) {
    name = layer.name
    recorder = context.compute.recorder
    inputs = layer.input.count
    outputs = layer.output.count
    self.stage = stage
    kernels = context.kernels
    let panel = Int(kernels.panel)
    let capacity = context.capacity
    products = PanelBuffer(width: outputs, capacity: capacity, panel: panel)
    derivative = AlignedBuffer(count: stage == nil ? 0 : products.units.count)
    rows = AlignedBuffer(count: stage == nil ? capacity * outputs : 0)
    rowGradients = AlignedBuffer(count: stage == nil ? products.units.count : 0)
    threads = context.compute.threads
    scratch = AlignedBuffer(count: threads * outputs * panel)
    precision = context.compute.precision
    operandCount =
      precision == .float32 ? 0 : kernels.bfloat_scratch_count(capacity, inputs, outputs)
    operands = AlignedBuffer(count: threads * operandCount)
    weight = context.place(layer, "weight")
    bias = context.place(layer, "bias")
  }

  var layouts: (input: Layout, output: Layout) { (.panels, stage == nil ? .rows : .panels) }
  var output: Values { stage == nil ? .rows(rows.base) : .panels(products) }
  var firstPlace: Int? { weight }
  var observedUnits: Int? { stage?.width }

  /// From the input's sample panels to the output's; in training the unit panels are filled too.
  func forward(_ pass: Pass, run: Range<Int>, input: Values, arena: ParameterArena) {
    recorded(recorder, "\(name) forward", flops: flops(pass.count)) {
      multiplyForward(count: pass.count, input: input.inPanels, weights: arena.base(weight))
    }
    guard let stage else {
      kernels.add_bias(pass.count, outputs, products.across.base, arena.base(bias), rows.base)
      return
    }
    recorded(recorder, "\(name) activation", bytes: bytes(pass.count, passes: 4)) {
      stage.forward(
        pass, panels: products, bias: arena.base(bias), arena: arena,
        derivative: derivative.base, observer: observer)
    }
  }

  private func flops(_ count: Int) -> Double { 2 * Double(count * inputs * outputs) }

  private func bytes(_ count: Int, passes: Int) -> Double { Double(4 * passes * count * outputs) }

  /// The weights take a fused step after their last use.
  func backward(_ pass: BackwardPass, input: Values, arena: ParameterArena) {
    let count = pass.run.count
    var outputGradient = pass.outputGradient
    if stage == nil {
      kernels.rows_to_panels(count, outputs, outputGradient, rowGradients.base, nil)
      outputGradient = rowGradients.base
    }
    recorded(recorder, "\(name) activation backward", bytes: bytes(count, passes: 3)) {
      backwardStage(count: count, gradient: outputGradient, arena: arena)
    }
    if let inputGradient = pass.inputGradient {
      recorded(recorder, "\(name) input gradient", flops: flops(count)) {
        multiplyBackward(
          count: count, weights: arena.base(weight), outputGradient: outputGradient,
          inputGradient: inputGradient)
      }
    }
    recorded(recorder, "\(name) weight gradient", flops: flops(count)) {
      multiplyGradient(
        count: count, input: input.inPanels, outputGradient: outputGradient, arena: arena,
        fused: pass.fused)
    }
  }

  private func backwardStage(
    count: Int, gradient: UnsafeMutablePointer<Float>, arena: ParameterArena
  ) {
    let biasGradient = arena.gradientBase(bias)
    biasGradient.update(repeating: 0, count: outputs)
    guard let stage else {
      let panel = Int(kernels.panel)
      for first in stride(from: 0, to: outputs, by: panel) {
        let at = gradient + first * count
        kernels.activate_backward(
          count, min(panel, outputs - first), panel, at, nil, nil, at, biasGradient + first, nil)
      }
      return
    }
    stage.beginBackward(arena)
    stage.backward(
      count: count, panels: gradient, derivative: derivative.base, biasGradient: biasGradient,
      arena: arena)
  }
}

/// The three products of a dense layer, over its threads, in its precision.
extension DenseLayer {
  /// y = x·Wᵀ, in sample panels.
  private func multiplyForward(count: Int, input: PanelBuffer, weights: UnsafePointer<Float>) {
    let (x, y) = (input.across.base, products.across.base)
    inParts(outputs, grain: Int(kernels.panel), threads: threads) { part, range in
      switch precision {
      case .float32:
        kernels.dense_forward(
          count, inputs, outputs, range.lowerBound, range.upperBound, weights, x, y)
      case .bfloat16:
        kernels.bfloat_forward(
          count, inputs, outputs, range.lowerBound, range.upperBound, weights, x, y,
          operands(of: part))
      }
    }
  }

  /// dx = dy·W, in unit panels.
  private func multiplyBackward(
    count: Int, weights: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>
  ) {
    inParts(inputs, grain: Int(kernels.panel), threads: threads) { part, range in
      switch precision {
      case .float32:
        kernels.dense_backward_input(
          count, inputs, outputs, range.lowerBound, range.upperBound, weights, outputGradient,
          inputGradient, scratch.base + part * outputs * Int(kernels.panel))
      case .bfloat16:
        kernels.bfloat_backward_input(
          count, inputs, outputs, range.lowerBound, range.upperBound, weights, outputGradient,
          inputGradient, operands(of: part))
      }
    }
  }

  /// dW = dyᵀ·x, in rows; or the step that it makes, in float.
  private func multiplyGradient(
    count: Int, input: PanelBuffer, outputGradient: UnsafePointer<Float>, arena: ParameterArena,
    fused: FusedStep?
  ) {
    let (x, gradient) = (input.units.base, arena.gradientBase(weight))
    var optimizer = fused?.step.kernel ?? srelu_optimizer()
    optimizer.first = weight
    optimizer.report = fused?.findings.report
    withUnsafePointer(to: &optimizer) { optimizer in
      inParts(outputs, grain: Int(kernels.panel), threads: threads) { part, range in
        switch precision {
        case .float32:
          kernels.dense_backward_weights(
            count, inputs, range.lowerBound, range.upperBound, x, outputGradient, gradient,
            fused == nil ? nil : optimizer)
        case .bfloat16:
          kernels.bfloat_backward_weights(
            count, inputs, range.lowerBound, range.upperBound, x, outputGradient, gradient,
            operands(of: part))
        }
      }
    }
  }

  /// A fused step reaches the weights, in float.
  var fusedRanges: [Range<Int>] {
    precision == .float32 ? [weight..<weight + inputs * outputs] : []
  }

  private func operands(of part: Int) -> UnsafeMutablePointer<UInt32> {
    operands.base + part * operandCount
  }
}

extension Dense: PlainLayerKind {
  static var takesRows: Bool { false }

  func layer(_ planned: PlannedLayer, _ context: LayerContext) -> any Layer {
    DenseLayer(planned, stage: nil, context)
  }
}
