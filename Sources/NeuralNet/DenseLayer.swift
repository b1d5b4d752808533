import CKernels

/// y = dropout(f(x·Wᵀ + b)), W (outputs, inputs); without an activation stage y = x·Wᵀ + b.
final class DenseLayer: Layer {
  let output: AlignedBuffer<Float>
  private let name: String
  private let inputs: Int
  private let outputs: Int
  private let index: Int
  private let stage: ActivationStage?
  private let kernels: srelu_kernels
  /// x·Wᵀ, then the output's derivative; the output itself without a stage.
  private let values: AlignedBuffer<Float>
  private let weight: Int
  private let bias: Int
  private let slopes: Int?

  /// `offset` is the arena's first free element; `index` counts the layers with parameters.
  init(
    name: String, index: Int, inputs: Int, outputs: Int, capacity: Int, stage: ActivationStage?,
    kernels: srelu_kernels, places: inout TensorPlaces
  ) {
    self.name = name
    self.index = index
    self.inputs = inputs
    self.outputs = outputs
    self.stage = stage
    self.kernels = kernels
    output = AlignedBuffer(count: capacity * outputs)
    values = stage == nil ? output : AlignedBuffer(count: capacity * outputs)
    weight = places.add("\(name).weight", [outputs, inputs])
    bias = places.add("\(name).bias", [outputs])
    slopes = places.add(stage?.tensors ?? [])
  }

  func initialize(_ arena: ParameterArena, seed: UInt64) {
    glorotUniform(
      arena.base(weight), count: outputs * inputs, fanIn: inputs, fanOut: outputs, seed: seed,
      layer: index)
    stage?.initialize(slopes.map(arena.base))
  }

  func forward(_ pass: Pass, input: UnsafePointer<Float>, arena: ParameterArena) {
    multiply(
      Matrix(base: input, stride: inputs),
      Matrix(base: arena.base(weight), stride: inputs, transposed: true),
      rows: pass.count, columns: outputs, inner: inputs, into: values.base)
    if let stage {
      stage.forward(
        pass, values: values.base, bias: arena.base(bias), slopes: slopes.map(arena.base),
        output: output.base)
    } else {
      var identity = srelu_activation(kind: SRELU_IDENTITY, alpha: 0, beta: 0)
      kernels.activate(
        &identity, 1, pass.count, outputs, values.base, arena.base(bias), nil, nil, output.base,
        nil, nil, nil)
    }
  }

  func backward(
    count: Int, input: UnsafePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>?, arena: ParameterArena
  ) {
    if let stage {
      stage.backward(
        count: count, gradient: outputGradient, derivative: values.base,
        biasGradient: arena.gradientBase(bias), slopeGradient: slopes.map(arena.gradientBase))
    } else {
      let biasGradient = arena.gradientBase(bias)
      biasGradient.update(repeating: 0, count: outputs)
      kernels.activate_backward(
        count, outputs, outputGradient, nil, nil, outputGradient, biasGradient, nil)
    }
    multiply(
      Matrix(base: outputGradient, stride: outputs, transposed: true),
      Matrix(base: input, stride: inputs),
      rows: outputs, columns: inputs, inner: count, into: arena.gradientBase(weight))
    guard let inputGradient else { return }
    multiply(
      Matrix(base: outputGradient, stride: outputs),
      Matrix(base: arena.base(weight), stride: inputs),
      rows: count, columns: inputs, inner: outputs, into: inputGradient)
  }
}
