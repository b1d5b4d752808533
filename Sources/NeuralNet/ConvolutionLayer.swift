import CKernels

/// y = dropout(f(maxpool(x ∗ W + b))), images NHWC, W (filters, kernel, kernel, channels).
///
/// Pooling comes before the activation: exact, because f either never falls or falls and then
/// rises (`Activation.Shape`), and a quarter of the evaluations. Shapes that the direct
/// kernels take never see the unpooled output; the others go through matrix products.
///
/// A pass goes over the batch in runs of samples, all convolutions of a run before the next run, so
/// that what lies between two layers stays in the cache.
final class ConvolutionLayer {
  /// The activated output, in rows.
  let output: AlignedBuffer<Float>
  /// Values of one sample's input and output.
  let inputCount: Int
  let outputCount: Int
  /// Whether the direct kernels take this shape.
  let isDirect: Bool
  /// Times the layer's operations where it is set.
  var recorder: OperationRecorder?
  /// Sees the evaluation passes where it is set.
  var observer: LayerObserver?
  private let name: String
  private let index: Int
  private let stage: ActivationStage
  private let kernels: srelu_kernels
  private var shape: srelu_convolution
  private let general: ColumnProduct?
  /// The output's derivative by the pre-activation.
  private let derivative: AlignedBuffer<Float>
  private let place: AlignedBuffer<UInt8>
  /// One run's pooled pre-activations: the windows' largest values, and their smallest.
  private let high: AlignedBuffer<Float>
  private let low: AlignedBuffer<Float>
  private let packed: AlignedBuffer<Float>
  private let scratch: AlignedBuffer<Float>
  private let weight: Int
  private let bias: Int
  private let slopes: Int?

  /// `run` is the most samples of a run; `general` forces the path through matrix products.
  init(
    name: String, index: Int, geometry: ConvolutionGeometry, capacity: Int, run: Int,
    stage: ActivationStage, kernels: srelu_kernels, general: Bool, places: inout TensorPlaces
  ) {
    self.name = name
    self.index = index
    self.stage = stage
    self.kernels = kernels
    shape = srelu_convolution(geometry)
    isDirect = !general && kernels.convolution_is_direct(&shape)
    self.general = isDirect ? nil : ColumnProduct(shape, capacity: run)
    inputCount = geometry.input.count
    outputCount = geometry.pooled.count
    output = AlignedBuffer(count: capacity * outputCount)
    derivative = AlignedBuffer(count: output.count)
    place = AlignedBuffer(count: output.count)
    high = AlignedBuffer(count: run * outputCount)
    low = AlignedBuffer(count: run * outputCount)
    let filters = geometry.output.channels
    packed = AlignedBuffer(count: isDirect ? kernels.packed_filters_count(&shape) : 0)
    scratch = AlignedBuffer(count: isDirect ? kernels.convolution_scratch_count(&shape) : 0)
    weight = places.add(
      "\(name).weight", [filters, geometry.kernel, geometry.kernel, geometry.input.channels])
    bias = places.add("\(name).bias", [filters])
    slopes = places.add(stage.tensors)
  }

  /// Fills the layer's tensors from the seed.
  func initialize(_ arena: ParameterArena, seed: UInt64) {
    let area = Int(shape.kernel * shape.kernel)
    glorotUniform(
      arena.base(weight), count: Int(shape.filters) * shape.taps, fanIn: shape.taps,
      fanOut: area * Int(shape.filters), seed: seed, layer: index)
    stage.initialize(slopes.map(arena.base))
  }

  /// Before the first run of a forward pass.
  func beginForward(arena: ParameterArena) {
    guard isDirect else { return }
    recorded(recorder, "\(name) filters packed") {
      kernels.pack_filters(&shape, arena.base(weight), packed.base)
    }
  }

  /// Samples `run` of the batch; `input` is the first one's image.
  func forward(
    _ pass: Pass, run: Range<Int>, input: UnsafePointer<Float>, arena: ParameterArena
  ) {
    let slopes = slopes.map(arena.base)
    let low = stage.isNondecreasing(slopes: slopes) ? nil : low.base
    let at = run.lowerBound * outputCount
    recorded(recorder, "\(name) forward and pooling", flops: flops(run.count)) {
      pool(run: run, input: input, low: low, arena: arena)
    }
    recorded(recorder, "\(name) activation", bytes: bytes(run.count, passes: 3)) {
      if let low {
        stage.selectExtreme(
          count: run.count, slopes: slopes, high: high.base, low: low, place: place.base + at)
      }
      stage.forward(
        pass, run: run, values: high.base, slopes: slopes, output: output.base + at,
        derivative: derivative.base + at, observer: observer)
    }
  }

  /// A new observer of the layer.
  func makeObserver() -> LayerObserver { stage.observer(name: name) }

  private func pool(
    run: Range<Int>, input: UnsafePointer<Float>, low: UnsafeMutablePointer<Float>?,
    arena: ParameterArena
  ) {
    let place = place.base + run.lowerBound * outputCount
    if let general {
      general.forward(
        count: run.count, input: input, filters: arena.base(weight), bias: arena.base(bias),
        high: high.base, low: low, place: place)
    } else {
      kernels.convolution_pool(
        &shape, run.count, input, packed.base, arena.base(bias), high.base, low, place,
        scratch.base)
    }
  }

  /// Of the whole convolution, pooled or not.
  private func flops(_ count: Int) -> Double {
    2 * Double(count) * Double(shape.out_height * shape.out_width * shape.filters)
      * Double(shape.taps)
  }

  private func bytes(_ count: Int, passes: Int) -> Double {
    Double(4 * passes * count * outputCount)
  }

  /// Before the first run of a backward pass: the tensors' gradients start at zero.
  func beginBackward(arena: ParameterArena) {
    let filters = Int(shape.filters)
    arena.gradientBase(weight).update(repeating: 0, count: filters * shape.taps)
    arena.gradientBase(bias).update(repeating: 0, count: filters)
    slopes.map(arena.gradientBase)?.update(repeating: 0, count: filters)
  }

  /// Samples `run` of the batch: adds to the tensors' gradients and, where asked, writes the
  /// input's. `input` and both gradients are the run's alone; `outputGradient` is overwritten.
  func backward(
    run: Range<Int>, input: UnsafePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>?, arena: ParameterArena
  ) {
    let at = run.lowerBound * outputCount
    recorded(recorder, "\(name) activation backward", bytes: bytes(run.count, passes: 3)) {
      stage.backward(
        run: run, gradient: outputGradient, derivative: derivative.base + at,
        biasGradient: arena.gradientBase(bias), slopeGradient: slopes.map(arena.gradientBase))
    }
    let filterGradient = arena.gradientBase(weight)
    if let general {
      recorded(
        recorder, "\(name) gradients",
        flops: (inputGradient == nil ? 1 : 2) * flops(run.count)
      ) {
        general.backward(
          count: run.count, input: input, filters: arena.base(weight), gradient: outputGradient,
          place: place.base + at, filterGradient: filterGradient, inputGradient: inputGradient)
      }
      return
    }
    recorded(recorder, "\(name) filter gradient", flops: flops(run.count)) {
      kernels.convolution_backward_filters(
        &shape, run.count, input, outputGradient, place.base + at, filterGradient, scratch.base)
    }
    guard let inputGradient else { return }
    recorded(recorder, "\(name) input gradient", flops: flops(run.count)) {
      kernels.convolution_backward_input(
        &shape, run.count, arena.base(weight), outputGradient, place.base + at, inputGradient)
    }
  }
}

extension srelu_convolution {
  init(_ geometry: ConvolutionGeometry) {
    self.init(
      height: Int32(geometry.input.height), width: Int32(geometry.input.width),
      channels: Int32(geometry.input.channels), kernel: Int32(geometry.kernel),
      filters: Int32(geometry.output.channels), pad: Int32(geometry.pad),
      out_height: Int32(geometry.output.height), out_width: Int32(geometry.output.width),
      pool_height: Int32(geometry.pooled.height), pool_width: Int32(geometry.pooled.width))
  }

  /// Weights of one filter.
  var taps: Int { Int(kernel * kernel * channels) }
}
