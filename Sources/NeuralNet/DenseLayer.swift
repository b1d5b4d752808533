import CKernels

/// y = dropout(f(x·Wᵀ + b)), W (outputs, inputs); without an activation stage y = x·Wᵀ + b.
final class DenseLayer {
  /// The activated output; the plain products where there is no stage.
  let output: PanelBuffer
  /// Times the layer's operations where it is set.
  var recorder: OperationRecorder?
  /// Sees the evaluation passes where it is set.
  var observer: LayerObserver?
  private let name: String
  let inputs: Int
  let outputs: Int
  private let index: Int
  private let stage: ActivationStage?
  let kernels: srelu_kernels
  /// The output's derivative by the pre-activation, in unit panels.
  private let derivative: AlignedBuffer<Float>
  let scratch: AlignedBuffer<Float>
  let threads: Int
  let precision: Precision
  /// Per thread, operands as bfloat16.
  let operands: AlignedBuffer<UInt32>
  let operandCount: Int
  let weight: Int
  private let bias: Int
  private let slopes: Int?

  /// `index` counts the layers with parameters, from 1.
  init(
    name: String, index: Int, inputs: Int, outputs: Int, capacity: Int, precision: Precision,
    stage: ActivationStage?, kernels: srelu_kernels, places: inout TensorPlaces
  ) {
    self.name = name
    self.index = index
    self.inputs = inputs
    self.outputs = outputs
    self.stage = stage
    self.kernels = kernels
    let panel = Int(kernels.panel)
    output = PanelBuffer(width: outputs, capacity: capacity, panel: panel)
    derivative = AlignedBuffer(count: stage == nil ? 0 : output.units.count)
    threads = matrixThreads.load(ordering: .relaxed)
    scratch = AlignedBuffer(count: threads * outputs * panel)
    self.precision = precision
    operandCount =
      precision == .float32 ? 0 : kernels.bfloat_scratch_count(capacity, inputs, outputs)
    operands = AlignedBuffer(count: threads * operandCount)
    weight = places.add("\(name).weight", [outputs, inputs])
    bias = places.add("\(name).bias", [outputs])
    slopes = places.add(stage?.tensors ?? [])
  }

  /// Fills the layer's tensors from the seed.
  func initialize(_ arena: ParameterArena, seed: UInt64) {
    glorotUniform(
      arena.base(weight), count: outputs * inputs, fanIn: inputs, fanOut: outputs, seed: seed,
      layer: index)
    stage?.initialize(slopes.map(arena.base))
  }

  /// From the input's sample panels to the output's; in training the unit panels are filled too.
  func forward(_ pass: Pass, input: PanelBuffer, arena: ParameterArena) {
    recorded(recorder, "\(name) forward", flops: flops(pass.count)) {
      multiplyForward(count: pass.count, input: input, weights: arena.base(weight))
    }
    guard let stage else { return }
    recorded(recorder, "\(name) activation", bytes: bytes(pass.count, passes: 4)) {
      stage.forward(
        pass, panels: output, bias: arena.base(bias), slopes: slopes.map(arena.base),
        derivative: derivative.base, observer: observer)
    }
  }

  /// A new observer of the layer; nil for one without an activation.
  func makeObserver() -> LayerObserver? { stage?.observer(name: name) }

  private func flops(_ count: Int) -> Double { 2 * Double(count * inputs * outputs) }

  private func bytes(_ count: Int, passes: Int) -> Double { Double(4 * passes * count * outputs) }

  /// The output of a layer without a stage, in rows.
  func logits(count: Int, arena: ParameterArena, rows: UnsafeMutablePointer<Float>) {
    kernels.add_bias(count, outputs, output.across.base, arena.base(bias), rows)
  }

  /// From the output's gradient, which is overwritten, to the tensors' gradients and, where asked,
  /// the input's; gradients of values are in unit panels. With `fused` the weights take its step
  /// instead, after their last use.
  func backward(
    count: Int, input: PanelBuffer, outputGradient: UnsafeMutablePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>?, arena: ParameterArena, fused: FusedStep?
  ) {
    recorded(recorder, "\(name) activation backward", bytes: bytes(count, passes: 3)) {
      backwardStage(count: count, gradient: outputGradient, arena: arena)
    }
    if let inputGradient {
      recorded(recorder, "\(name) input gradient", flops: flops(count)) {
        multiplyBackward(
          count: count, weights: arena.base(weight), outputGradient: outputGradient,
          inputGradient: inputGradient)
      }
    }
    recorded(recorder, "\(name) weight gradient", flops: flops(count)) {
      multiplyGradient(
        count: count, input: input, outputGradient: outputGradient, arena: arena, fused: fused)
    }
  }

  private func backwardStage(
    count: Int, gradient: UnsafeMutablePointer<Float>, arena: ParameterArena
  ) {
    let biasGradient = arena.gradientBase(bias)
    biasGradient.update(repeating: 0, count: outputs)
    let slopeGradient = slopes.map(arena.gradientBase)
    slopeGradient?.update(repeating: 0, count: outputs)
    let panel = Int(kernels.panel)
    for first in stride(from: 0, to: outputs, by: panel) {
      let at = first * count
      kernels.activate_backward(
        count, min(panel, outputs - first), panel, gradient + at,
        stage == nil ? nil : derivative.base + at,
        stage?.negative.map { UnsafePointer($0.base + at) }, gradient + at, biasGradient + first,
        slopeGradient.map { $0 + first })
    }
  }
}
