import CKernels
import Models

/// y = x ∗ W + b that can't be fused with a layer after it; from rows to rows.
final class PlainConvolution: Layer {
  private let name: String
  private let inputCount: Int
  private let outputCount: Int
  private let filters: Int
  private let taps: Int
  private let flops: Double
  private let product: ColumnProduct
  private let recorder: OperationRecorder?
  private let convolved: AlignedBuffer<Float>
  private let weight: Int
  private let bias: Int

  init(_ layer: PlannedLayer, _ context: LayerContext) {
    let shape = srelu_convolution(layer, pooled: layer.output)
    name = layer.name
    recorder = context.compute.recorder
    inputCount = layer.input.count
    outputCount = layer.output.count
    filters = layer.output.channels
    taps = shape.taps
    flops = 2 * layer.spec.kind.multiplyAdds(for: layer.input)
    product = ColumnProduct(shape, capacity: context.run, context)
    convolved = AlignedBuffer(count: context.capacity * outputCount)
    weight = context.place(layer, "weight")
    bias = context.place(layer, "bias")
  }

  var output: Values { .rows(convolved.base) }
  var firstPlace: Int? { weight }

  func forward(_ pass: Pass, run: Range<Int>, input: Values, arena: ParameterArena) {
    recorded(recorder, "\(name) forward", flops: flops * Double(run.count)) {
      product.convolve(
        count: run.count, input: input.rows(from: run.lowerBound, width: inputCount),
        filters: arena.base(weight), bias: arena.base(bias),
        output: convolved.base + run.lowerBound * outputCount)
    }
  }

  func beginBackward(_ arena: ParameterArena) {
    arena.gradientBase(weight).update(repeating: 0, count: filters * taps)
    arena.gradientBase(bias).update(repeating: 0, count: filters)
  }

  func backward(_ pass: BackwardPass, input: Values, arena: ParameterArena) {
    let biasGradient = arena.gradientBase(bias)
    for index in 0..<pass.run.count * outputCount {
      biasGradient[index % filters] += pass.outputGradient[index]
    }
    recorded(
      recorder, "\(name) gradients",
      flops: (pass.inputGradient == nil ? 1 : 2) * flops * Double(pass.run.count)
    ) {
      product.backward(
        count: pass.run.count, input: input.rows(from: pass.run.lowerBound, width: inputCount),
        filters: arena.base(weight), gradient: pass.outputGradient, place: nil,
        filterGradient: arena.gradientBase(weight), inputGradient: pass.inputGradient)
    }
  }
}

extension Convolution: PlainLayerKind {
  func layer(_ planned: PlannedLayer, _ context: LayerContext) -> any Layer {
    PlainConvolution(planned, context)
  }
}
