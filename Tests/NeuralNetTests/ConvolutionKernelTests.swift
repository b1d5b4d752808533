import CKernels
import NeuralNet
import Testing

/// The direct and general kernels against the definition, on integers with many ties: the results
/// must be equal, and so must the pixel that receives each window's gradient.
@Suite struct ConvolutionKernelTests {
  struct Sample {
    let plain: PlainConvolution
    let count: Int
    var images: [[Float]] = []
    var weights: [Float] = []
    var bias: [Float] = []
    var gradients: [[Float]] = []
    var places: [[UInt8]] = []

    init(_ plain: PlainConvolution, count: Int, numbers: inout Numbers) {
      self.plain = plain
      self.count = count
      func integers(_ count: Int, _ numbers: inout Numbers) -> [Float] {
        (0..<count).map { _ in Float(numbers.below(3) - 1) }
      }
      weights = integers(plain.filters * plain.taps, &numbers)
      bias = integers(plain.filters, &numbers)
      let pooled = plain.windows * plain.filters
      for _ in 0..<count {
        images.append(integers(plain.imageSize, &numbers))
        gradients.append(integers(pooled, &numbers))
        places.append((0..<pooled).map { _ in UInt8(numbers.below(4)) })
      }
    }

    var input: [Float] { images.flatMap { $0 } }
    var gradient: [Float] { gradients.flatMap { $0 } }
    var place: [UInt8] { places.flatMap { $0 } }

    /// Checks what `pool` writes for windows' largest values, largest and smallest, and all.
    func checkPooling(_ pool: (srelu_pooled) -> Void) {
      let total = gradient.count
      var high = [Float](repeating: 99, count: 4 * total)
      var low = high
      var place = [UInt8](repeating: 99, count: total)
      high.withUnsafeMutableBufferPointer { high in
        low.withUnsafeMutableBufferPointer { low in
          place.withUnsafeMutableBufferPointer { place in
            guard let high = high.baseAddress, let place = place.baseAddress else { return }
            func read() -> ([Float], [Float], [UInt8]) {
              (
                Array(UnsafeBufferPointer(start: high, count: total)),
                Array(low.prefix(total)), Array(UnsafeBufferPointer(start: place, count: total))
              )
            }
            pool(srelu_pooled(high: high, low: nil, place: place, plane: 0))
            var (highs, lows, places) = read()
            check(high: highs, low: nil, place: places)
            pool(srelu_pooled(high: high, low: low.baseAddress, place: place, plane: 0))
            (highs, lows, places) = read()
            check(high: highs, low: lows, place: places)
            // Of all four the extremes are the same, and the first of equal ones has the place.
            pool(srelu_pooled(high: high, low: nil, place: place, plane: total))
            for i in 0..<total {
              let values = (0..<4).map { high[$0 * total + i] }
              highs[i] = values.max() ?? .nan
              lows[i] = values.min() ?? .nan
              let at = (values.firstIndex(of: highs[i]), values.firstIndex(of: lows[i]))
              places[i] = UInt8((at.0 ?? 9) | (at.1 ?? 9) << 2)
            }
            check(high: highs, low: lows, place: places)
          }
        }
      }
    }

    /// Checks values and places against the definition.
    func check(high: [Float], low: [Float]?, place: [UInt8]) {
      let expected = images.flatMap { plain.extremes($0, weights) }
      for (i, e) in expected.enumerated() {
        let b = bias[i % plain.filters]
        #expect(high[i] == e.high + b, "\(plain.shape) at \(i)")
        if let low { #expect(low[i] == e.low + b, "\(plain.shape) at \(i)") }
        #expect(place[i] == (low == nil ? e.place & 3 : e.place), "\(plain.shape) at \(i)")
      }
    }
  }

  /// Shapes that the direct kernels support, with rows of 1 to 19 vectors.
  private static func directShape(_ numbers: inout Numbers) -> PlainConvolution {
    let channels = numbers.pick([1, 1, 16, 32, 48, 64])
    let kernel = numbers.pick(channels == 1 ? [1, 2, 3, 5] : [1, 2, 3])
    return PlainConvolution(
      height: kernel + 1 + numbers.below(6), width: kernel + 1 + numbers.pick([0, 2, 5, 40]),
      channels: channels, kernel: kernel, filters: numbers.pick([32, 64, 96]))
  }

  @Test(arguments: InstructionSet.available)
  func directIsTheDefinition(_ set: InstructionSet) {
    let kernels = set.kernels
    var numbers = Numbers(31)
    for _ in 0..<40 {
      let plain = Self.directShape(&numbers)
      var shape = plain.shape
      #expect(kernels.convolution_is_direct(&shape), "\(plain.shape)")
      let count = numbers.pick([1, 2, 4, 7])
      let sample = Sample(plain, count: count, numbers: &numbers)
      var packed = [Float](repeating: 99, count: kernels.packed_filters_count(&shape))
      var scratch = [Float](repeating: 99, count: kernels.convolution_scratch_count(&shape))
      kernels.pack_filters(&shape, sample.weights, &packed)
      sample.checkPooling { to in
        kernels.convolution_pool(
          &shape, count, sample.input, packed, sample.bias, to, &scratch)
      }
      checkBackward(kernels, sample)
    }
  }

  private func checkBackward(_ kernels: srelu_kernels, _ sample: Sample) {
    let plain = sample.plain
    var shape = plain.shape
    // The filters' gradient is accumulated, the input's is overwritten.
    var filterGradient = [Float](repeating: 5, count: sample.weights.count)
    var imageGradient = [Float](repeating: 99, count: sample.input.count)
    var scratch = [Float](repeating: 99, count: kernels.convolution_scratch_count(&shape))
    kernels.convolution_backward_filters(
      &shape, sample.count, sample.input, sample.gradient, sample.place, &filterGradient,
      &scratch)
    var expectedFilters = [Float](repeating: 5, count: sample.weights.count)
    var expectedImages: [Float] = []
    for i in 0..<sample.count {
      let expected = plain.backward(
        sample.images[i], sample.weights, gradient: sample.gradients[i], place: sample.places[i])
      expectedFilters = zip(expectedFilters, expected.filters).map { $0 + $1 }
      expectedImages += expected.image
    }
    #expect(filterGradient == expectedFilters, "\(shape)")
    // A one-channel image is the network's input, which needs no gradient.
    guard shape.channels > 1 else { return }
    kernels.convolution_backward_input(
      &shape, sample.count, sample.weights, sample.gradient, sample.place, &imageGradient)
    #expect(imageGradient == expectedImages, "\(shape)")
  }

  @Test func generalIsTheDefinition() {
    var numbers = Numbers(32)
    for _ in 0..<60 {
      let kernel = 1 + numbers.below(5)
      let padded = numbers.below(2) == 0
      let least = padded ? 1 : kernel + 1
      let plain = PlainConvolution(
        height: least + numbers.below(6), width: least + numbers.below(6),
        channels: 1 + numbers.below(4), kernel: kernel, filters: 1 + numbers.below(6),
        padded: padded)
      var shape = plain.shape
      let sample = Sample(plain, count: 2, numbers: &numbers)
      let pixels = Int(shape.out_height * shape.out_width)
      var columns = [Float](repeating: 99, count: 2 * pixels * plain.taps)
      srelu_image_to_columns(&shape, 2, sample.input, &columns)
      let filters = plain.filters
      let unpooled: [Float] = (0..<2 * pixels * filters).map { i in
        (0..<plain.taps).reduce(0) {
          $0 + columns[i / filters * plain.taps + $1]
            * sample.weights[i % filters * plain.taps + $1]
        }
      }
      sample.checkPooling { to in srelu_pool(&shape, 2, unpooled, sample.bias, to) }
    }
  }

  /// Shapes that the direct kernels don't support must take the general path, and which these are doesn't
  /// depend on the instruction set.
  @Test(arguments: InstructionSet.available)
  func onlyFittingShapesAreDirect(_ set: InstructionSet) {
    let tile = 32
    func isDirect(_ plain: PlainConvolution) -> Bool {
      var shape = plain.shape
      return set.kernels.convolution_is_direct(&shape)
    }
    func shape(channels: Int = 1, filters: Int, padded: Bool = false) -> PlainConvolution {
      PlainConvolution(
        height: 9, width: 8, channels: channels, kernel: 3, filters: filters, padded: padded)
    }
    #expect(isDirect(shape(filters: tile)))
    #expect(isDirect(shape(channels: 16, filters: 2 * tile)))
    #expect(!isDirect(shape(filters: tile, padded: true)))
    #expect(!isDirect(shape(filters: tile + 1)))
    #expect(!isDirect(shape(filters: tile / 2)))
    #expect(!isDirect(shape(filters: 20)))
    #expect(!isDirect(shape(channels: 3, filters: tile)))
  }
}
