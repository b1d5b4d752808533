import CKernels
import Models

/// y = dropout(f(maxpool(x ∗ W + b))), images NHWC, W (filters, kernel, kernel, channels): `conv,
/// activation, max-pool, dropout` in one.
///
/// Pooling before the activation takes a quarter of the evaluations and is exact where f is
/// nondecreasing or falls and then rises (`Activation.Shape`). Of any other f all four values of a
/// window are stored and the one with the largest f kept. Shapes of the direct kernels never store
/// the unpooled output in the image's order; the others use matrix products.
///
/// A pass splits the batch into runs of samples and takes each run through all convolutions before
/// the next, so that the values between two layers stay in the cache.
final class ConvolutionLayer: Layer {
  private let inputCount: Int
  private let outputCount: Int
  private let activated: AlignedBuffer<Float>
  let isDirect: Bool
  var observer: LayerObserver?
  private let name: String
  private let recorder: OperationRecorder?
  private let stage: ActivationStage
  private let kernels: srelu_kernels
  private var shape: srelu_convolution
  private let general: ColumnProduct?
  /// The output's derivative by the pre-activation.
  private let derivative: AlignedBuffer<Float>
  private let place: AlignedBuffer<UInt8>
  /// One run's pooled pre-activations: the windows' largest and smallest values; or all four, in
  /// `high`.
  private let high: AlignedBuffer<Float>
  private let low: AlignedBuffer<Float>
  private let packed: AlignedBuffer<Float>
  private let scratch: AlignedBuffer<Float>
  private let weight: Int
  private let bias: Int
  private let weightSum: Int
  private let biasSum: Int

  /// - Parameter pooled: the shape after pooling.
  init(
    _ layer: PlannedLayer, pooled: ImageShape, stage: ActivationStage, _ context: LayerContext
  ) {
    name = layer.name
    recorder = context.compute.recorder
    self.stage = stage
    kernels = context.kernels
    shape = srelu_convolution(layer, pooled: pooled)
    isDirect = !context.general && kernels.convolution_is_direct(&shape)
    general =
      isDirect ? nil : ColumnProduct(shape, capacity: context.run, context)
    inputCount = layer.input.count
    outputCount = pooled.count
    activated = AlignedBuffer(count: context.capacity * outputCount)
    derivative = AlignedBuffer(count: activated.count)
    place = AlignedBuffer(count: activated.count)
    high = AlignedBuffer(count: context.run * outputCount * (stage.needsWindows ? 4 : 1))
    low = AlignedBuffer(count: context.run * outputCount)
    packed = AlignedBuffer(count: isDirect ? kernels.packed_filters_count(&shape) : 0)
    scratch = AlignedBuffer(count: isDirect ? kernels.convolution_scratch_count(&shape) : 0)
    weight = context.place(layer, "weight")
    bias = context.place(layer, "bias")
    weightSum = context.sum(layer, "weight")
    biasSum = context.sum(layer, "bias")
  }

  var output: Values { .rows(activated.base) }
  var isTrained: Bool { true }
  var observedUnits: Int? { stage.width }

  func beginForward(_ arena: ParameterArena) {
    guard isDirect else { return }
    recorded(recorder, "\(name) filters packed") {
      kernels.pack_filters(&shape, arena.base(weight), packed.base)
    }
  }

  func forward(_ pass: Pass, run: Range<Int>, input: Values, arena: ParameterArena) {
    let input = input.rows(from: run.lowerBound, width: inputCount)
    let shape = stage.shape(arena)
    let at = run.lowerBound * outputCount
    let pooled = srelu_pooled(
      high: high.base, low: shape == .valley ? low.base : nil, place: place.base + at,
      plane: shape == .other ? run.count * outputCount : 0)
    recorded(recorder, "\(name) forward and pooling", flops: flops(run.count)) {
      pool(pooled, samples: run.count, input: input, arena: arena)
    }
    recorded(recorder, "\(name) activation", bytes: bytes(run.count, passes: 3)) {
      if shape != .monotone { stage.select(count: run.count, arena: arena, pooled) }
      stage.forward(
        pass, run: run, values: high.base, arena: arena, output: activated.base + at,
        derivative: derivative.base + at, observer: observer)
    }
  }

  private func pool(
    _ pooled: srelu_pooled, samples: Int, input: UnsafePointer<Float>, arena: ParameterArena
  ) {
    if let general {
      general.forward(
        count: samples, input: input, filters: arena.base(weight), bias: arena.base(bias), pooled)
    } else {
      kernels.convolution_pool(
        &shape, samples, input, packed.base, arena.base(bias), pooled, scratch.base)
    }
  }

  /// Operations of the whole convolution, pooled or not.
  private func flops(_ count: Int) -> Double {
    2 * Double(count) * Double(shape.out_height * shape.out_width * shape.filters)
      * Double(shape.taps)
  }

  private func bytes(_ count: Int, passes: Int) -> Double {
    Double(4 * passes * count * outputCount)
  }

  func backward(_ pass: BackwardPass, input: Values, arena: ParameterArena) {
    let run = pass.run
    let input = input.rows(from: run.lowerBound, width: inputCount)
    let (outputGradient, inputGradient) = (pass.outputGradient, pass.inputGradient)
    let at = run.lowerBound * outputCount
    recorded(recorder, "\(name) activation backward", bytes: bytes(run.count, passes: 3)) {
      stage.backward(pass, derivative: derivative.base + at, bias: biasSum)
    }
    if let general {
      recorded(
        recorder, "\(name) gradients",
        flops: (inputGradient == nil ? 1 : 2) * flops(run.count)
      ) {
        pass.forEachShard { samples, shard in
          let first = samples.lowerBound - run.lowerBound
          general.backward(
            count: samples.count, input: input + first * inputCount, filters: arena.base(weight),
            gradient: outputGradient + first * outputCount,
            place: place.base + at + first * outputCount,
            filterGradient: pass.sums.pointer(weightSum, shard: shard),
            inputGradient: inputGradient.map { $0 + first * inputCount })
        }
      }
      return
    }
    recorded(recorder, "\(name) filter gradient", flops: flops(run.count)) {
      pass.forEachShard { samples, shard in
        let first = samples.lowerBound - run.lowerBound
        kernels.convolution_backward_filters(
          &shape, samples.count, input + first * inputCount, outputGradient + first * outputCount,
          place.base + at + first * outputCount, pass.sums.pointer(weightSum, shard: shard),
          scratch.base)
      }
    }
    guard let inputGradient else { return }
    recorded(recorder, "\(name) input gradient", flops: flops(run.count)) {
      kernels.convolution_backward_input(
        &shape, run.count, arena.base(weight), outputGradient, place.base + at, inputGradient)
    }
  }
}

extension srelu_convolution {
  /// The shape of a planned convolution, with the pooling after it, if any.
  init(_ layer: PlannedLayer, pooled: ImageShape) {
    guard case .convolution(let convolution) = layer.spec else {
      preconditionFailure("\(layer.name) is not a convolution")
    }
    self.init(
      height: Int32(layer.input.height), width: Int32(layer.input.width),
      channels: Int32(layer.input.channels), kernel: Int32(convolution.kernel),
      filters: Int32(convolution.filters),
      pad: convolution.padded ? Int32((convolution.kernel - 1) / 2) : 0,
      out_height: Int32(layer.output.height), out_width: Int32(layer.output.width),
      pool_height: Int32(pooled.height), pool_width: Int32(pooled.width))
  }

  var taps: Int { Int(kernel * kernel * channels) }
}
