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
    product = ColumnProduct(shape, capacity: context.run, threads: context.compute.threads)
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

  func backward(
    run: Range<Int>, input: Values, gradients: LayerGradients, arena: ParameterArena,
    fused: FusedStep?
  ) {
    let biasGradient = arena.gradientBase(bias)
    for index in 0..<run.count * outputCount {
      biasGradient[index % filters] += gradients.output[index]
    }
    recorded(
      recorder, "\(name) gradients",
      flops: (gradients.input == nil ? 1 : 2) * flops * Double(run.count)
    ) {
      product.backward(
        count: run.count, input: input.rows(from: run.lowerBound, width: inputCount),
        filters: arena.base(weight), gradient: gradients.output, place: nil,
        filterGradient: arena.gradientBase(weight), inputGradient: gradients.input)
    }
  }
}

extension Convolution: PlainLayerKind {
  func layer(_ planned: PlannedLayer, _ context: LayerContext) -> any Layer {
    PlainConvolution(planned, context)
  }
}
