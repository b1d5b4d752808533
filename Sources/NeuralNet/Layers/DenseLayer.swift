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
  /// The gradients of the pre-activations, for the whole global batch.
  private let gradients: UnitPanels
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
    products = PanelBuffer(width: outputs, context)
    gradients = UnitPanels(width: outputs, context)
    derivative = AlignedBuffer(
      count: stage == nil
        ? 0 : PanelBuffer.unitCount(width: outputs, capacity: capacity, panel: panel))
    rows = AlignedBuffer(count: stage == nil ? capacity * outputs : 0)
    threads = context.compute.threads
    scratch = AlignedBuffer(count: threads * outputs * panel)
    precision = context.compute.precision
    operandCount =
      precision == .float32
      ? 0 : kernels.bfloat_scratch_count(max(capacity, context.batch), inputs, outputs)
    operands = AlignedBuffer(count: threads * operandCount)
    weight = context.place(layer, "weight")
    bias = context.place(layer, "bias")
  }

  var layouts: (input: Layout, output: Layout) { (.panels, stage == nil ? .rows : .panels) }
  var output: Values { stage == nil ? .rows(rows.base) : .panels(products) }
  var isTrained: Bool { true }
  var observedUnits: Int? { stage?.width }
  var panels: (forward: UnitPanels?, backward: UnitPanels?) {
    (stage == nil ? nil : products.units, gradients)
  }

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

  func backward(_ pass: BackwardPass, input: Values, arena: ParameterArena) {
    let count = pass.run.count
    guard count > 0 else { return }
    recorded(recorder, "\(name) activation backward", bytes: bytes(count, passes: 3)) {
      if let stage {
        stage.backward(pass, derivative: derivative.base, to: gradients)
      } else {
        kernels.rows_to_panels(
          count, outputs, pass.outputGradient, gradients.row(pass.row), gradients.length, nil)
      }
    }
    if let inputGradient = pass.inputGradient {
      recorded(recorder, "\(name) input gradient", flops: flops(count)) {
        multiplyBackward(
          count: count, weights: arena.base(weight), outputGradient: gradients.row(pass.row),
          inputGradient: inputGradient)
      }
    }
  }

  var shared: SharedUnits? {
    SharedUnits(
      count: outputs, width: inputs, weight: weight, bias: bias,
      takesFusedSteps: precision == .float32)
  }

  func weightGradient(
    units: Range<Int>, samples: Int, input: Values, arena: ParameterArena, fused: FusedStep?
  ) {
    let share = 2 * Double(samples * inputs * units.count)
    recorded(recorder, "\(name) weight gradient", flops: share) {
      multiplyGradient(
        units, samples: samples, input: input.inPanels.units, arena: arena, fused: fused)
      let biasGradient = arena.gradientBase(bias)
      for first in stride(
        from: units.lowerBound / gradients.panel * gradients.panel, to: units.upperBound,
        by: gradients.panel)
      {
        let columns = max(first, units.lowerBound)..<min(first + gradients.panel, units.upperBound)
        kernels.column_sums(
          samples, columns.count, gradients.panel,
          gradients.row(0) + first * gradients.length + (columns.lowerBound - first),
          biasGradient + columns.lowerBound)
      }
    }
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

  /// dx = dy·W, in unit panels; dy in those of the global batch.
  private func multiplyBackward(
    count: Int, weights: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>
  ) {
    inParts(inputs, grain: Int(kernels.panel), threads: threads) { part, range in
      switch precision {
      case .float32:
        kernels.dense_backward_input(
          count, inputs, outputs, range.lowerBound, range.upperBound, weights, outputGradient,
          gradients.length, inputGradient, scratch.base + part * outputs * Int(kernels.panel))
      case .bfloat16:
        kernels.bfloat_backward_input(
          count, inputs, outputs, range.lowerBound, range.upperBound, weights, outputGradient,
          gradients.length, inputGradient, operands(of: part))
      }
    }
  }

  /// dW = dyᵀ·x of some units, in rows; or the step that it makes, in float.
  private func multiplyGradient(
    _ units: Range<Int>, samples: Int, input: UnitPanels, arena: ParameterArena, fused: FusedStep?
  ) {
    let (x, dy, gradient) = (input.row(0), gradients.row(0), arena.gradientBase(weight))
    var optimizer = fused?.step.kernel ?? srelu_optimizer()
    optimizer.first = weight
    optimizer.report = fused?.findings.report
    withUnsafePointer(to: &optimizer) { optimizer in
      inParts(units.count, grain: Int(kernels.panel), threads: threads) { part, range in
        let (first, end) = (
          units.lowerBound + range.lowerBound, units.lowerBound + range.upperBound
        )
        switch precision {
        case .float32:
          kernels.dense_backward_weights(
            samples, gradients.length, inputs, first, end, x, dy, gradient,
            fused == nil ? nil : optimizer)
        case .bfloat16:
          kernels.bfloat_backward_weights(
            samples, gradients.length, inputs, first, end, x, dy, gradient, operands(of: part))
        }
      }
    }
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
