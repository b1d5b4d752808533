import CKernels

/// y = dropout(f(maxpool(x ∗ W + b))), images NHWC, W (filters, kernel, kernel, channels).
///
/// Pooling comes before the activation: exact, because f either never falls or falls and then
/// rises (`Activation.isNondecreasing`), and a quarter of the evaluations. Shapes that the direct
/// kernels take never see the unpooled output; the others go through matrix products.
final class ConvolutionLayer: Layer {
  let output: AlignedBuffer<Float>
  /// Whether the direct kernels take this shape.
  let isDirect: Bool
  private let index: Int
  private let stage: ActivationStage
  private let kernels: srelu_kernels
  private var shape: srelu_convolution
  private let general: ColumnProduct?
  /// The pooled pre-activation, then the output's derivative.
  private let values: AlignedBuffer<Float>
  private let low: AlignedBuffer<Float>
  private let place: AlignedBuffer<UInt8>
  private let packed: AlignedBuffer<Float>
  private let scratch: AlignedBuffer<Float>
  private let weight: Int
  private let bias: Int
  private let slopes: Int?

  /// `general` forces the path through matrix products.
  init(
    name: String, index: Int, geometry: ConvolutionGeometry, capacity: Int,
    stage: ActivationStage, kernels: srelu_kernels, general: Bool, places: inout TensorPlaces
  ) {
    self.index = index
    self.stage = stage
    self.kernels = kernels
    shape = srelu_convolution(geometry)
    isDirect = !general && kernels.convolution_is_direct(&shape)
    self.general = isDirect ? nil : ColumnProduct(shape, capacity: capacity)
    output = AlignedBuffer(count: capacity * geometry.pooled.count)
    values = AlignedBuffer(count: output.count)
    low = AlignedBuffer(count: output.count)
    place = AlignedBuffer(count: output.count)
    let taps = shape.taps
    let filters = geometry.output.channels
    packed = AlignedBuffer(count: isDirect ? filters * taps : 0)
    scratch = AlignedBuffer(count: isDirect ? max(filters * taps, 2 * geometry.pooled.count) : 0)
    weight = places.add(
      "\(name).weight", [filters, geometry.kernel, geometry.kernel, geometry.input.channels])
    bias = places.add("\(name).bias", [filters])
    slopes = places.add(stage.tensors)
  }

  func initialize(_ arena: ParameterArena, seed: UInt64) {
    let area = Int(shape.kernel * shape.kernel)
    glorotUniform(
      arena.base(weight), count: Int(shape.filters) * shape.taps, fanIn: shape.taps,
      fanOut: area * Int(shape.filters), seed: seed, layer: index)
    stage.initialize(slopes.map(arena.base))
  }

  func forward(_ pass: Pass, input: UnsafePointer<Float>, arena: ParameterArena) {
    let slopes = slopes.map(arena.base)
    let low = stage.isNondecreasing(slopes: slopes) ? nil : low.base
    if let general {
      general.forward(
        count: pass.count, input: input, filters: arena.base(weight), bias: arena.base(bias),
        high: values.base, low: low, place: place.base)
    } else {
      kernels.pack_filters(&shape, arena.base(weight), packed.base)
      kernels.convolution_pool(
        &shape, pass.count, input, packed.base, arena.base(bias), values.base, low, place.base)
    }
    if let low {
      stage.selectExtreme(
        count: pass.count, slopes: slopes, high: values.base, low: low, place: place.base)
    }
    stage.forward(pass, values: values.base, bias: nil, slopes: slopes, output: output.base)
  }

  func backward(
    count: Int, input: UnsafePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>?, arena: ParameterArena
  ) {
    stage.backward(
      count: count, gradient: outputGradient, derivative: values.base,
      biasGradient: arena.gradientBase(bias), slopeGradient: slopes.map(arena.gradientBase))
    let filterGradient = arena.gradientBase(weight)
    if let general {
      general.backward(
        count: count, input: input, filters: arena.base(weight), gradient: outputGradient,
        place: place.base, filterGradient: filterGradient, inputGradient: inputGradient)
      return
    }
    filterGradient.update(repeating: 0, count: Int(shape.filters) * shape.taps)
    kernels.convolution_backward_filters(
      &shape, count, input, outputGradient, place.base, filterGradient, scratch.base)
    guard let inputGradient else { return }
    kernels.convolution_backward_input(
      &shape, count, arena.base(weight), outputGradient, place.base, inputGradient)
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
