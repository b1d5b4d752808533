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
  private let weightSum: Int
  private let biasSum: Int

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
    weightSum = context.sum(layer, "weight")
    biasSum = context.sum(layer, "bias")
  }

  var output: Values { .rows(convolved.base) }
  var isTrained: Bool { true }

  func forward(_ pass: Pass, run: Range<Int>, input: Values, arena: ParameterArena) {
    recorded(recorder, "\(name) forward", flops: flops * Double(run.count)) {
      product.convolve(
        count: run.count, input: input.rows(from: run.lowerBound, width: inputCount),
        filters: arena.base(weight), bias: arena.base(bias),
        output: convolved.base + run.lowerBound * outputCount)
    }
  }

  func backward(_ pass: BackwardPass, input: Values, arena: ParameterArena) {
    recorded(
      recorder, "\(name) gradients",
      flops: (pass.inputGradient == nil ? 1 : 2) * flops * Double(pass.run.count)
    ) {
      pass.forEachShard { samples, shard in
        let first = samples.lowerBound - pass.run.lowerBound
        let gradient = pass.outputGradient + first * outputCount
        let biasGradient = pass.sums.pointer(biasSum, shard: shard)
        for pixel in stride(from: 0, to: samples.count * outputCount, by: filters) {
          for filter in 0..<filters { biasGradient[filter] += gradient[pixel + filter] }
        }
        product.backward(
          count: samples.count, input: input.rows(from: samples.lowerBound, width: inputCount),
          filters: arena.base(weight), gradient: gradient, place: nil,
          filterGradient: pass.sums.pointer(weightSum, shard: shard),
          inputGradient: pass.inputGradient.map { $0 + first * inputCount })
      }
    }
  }
}

extension Convolution: PlainLayerKind {
  func layer(_ planned: PlannedLayer, _ context: LayerContext) -> any Layer {
    PlainConvolution(planned, context)
  }
}
