import CKernels

/// Convolution of any shape as a product over columns of a few samples, which stay in the cache.
final class ColumnProduct {
  private var shape: srelu_convolution
  private let samples: Int
  private let product: MatrixProduct
  private let columns: AlignedBuffer<Float>
  private let unpooled: AlignedBuffer<Float>

  init(_ shape: srelu_convolution, capacity: Int, _ context: LayerContext) {
    self.shape = shape
    product = MatrixProduct(context.kernels, threads: context.compute.threads)
    let pixels = Int(shape.out_height * shape.out_width)
    let cached = 1 << 18
    samples = max(1, min(capacity, cached / max(1, pixels * shape.taps)))
    columns = AlignedBuffer(count: samples * pixels * shape.taps)
    unpooled = AlignedBuffer(count: samples * pixels * Int(shape.filters))
  }

  private var pixels: Int { Int(shape.out_height * shape.out_width) }
  private var imageSize: Int { Int(shape.height * shape.width * shape.channels) }
  private var pooledSize: Int { Int(shape.pool_height * shape.pool_width * shape.filters) }

  /// Calls `body` with the first sample and the number of samples of each chunk.
  private func forEachChunk(_ count: Int, _ body: (_ first: Int, _ count: Int) -> Void) {
    var first = 0
    while first < count {
      let chunk = min(samples, count - first)
      body(first, chunk)
      first += chunk
    }
  }

  func forward(
    count: Int, input: UnsafePointer<Float>, filters: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, _ pooled: srelu_pooled
  ) {
    forEachChunk(count) { first, chunk in
      multiply(chunk, input + first * imageSize, filters, into: unpooled.base)
      let at = first * pooledSize
      srelu_pool(
        &shape, chunk, unpooled.base, bias,
        srelu_pooled(
          high: pooled.high + at, low: pooled.low.map { $0 + at }, place: pooled.place + at,
          plane: pooled.plane))
    }
  }

  func convolve(
    count: Int, input: UnsafePointer<Float>, filters: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>
  ) {
    let width = Int(shape.filters)
    forEachChunk(count) { first, chunk in
      let values = output + first * pixels * width
      multiply(chunk, input + first * imageSize, filters, into: values)
      for row in 0..<chunk * pixels {
        for filter in 0..<width { values[row * width + filter] += bias[filter] }
      }
    }
  }

  private func multiply(
    _ samples: Int, _ input: UnsafePointer<Float>, _ filters: UnsafePointer<Float>,
    into output: UnsafeMutablePointer<Float>
  ) {
    srelu_image_to_columns(&shape, samples, input, columns.base)
    product.multiply(
      srelu_matrix(columns.base, width: shape.taps),
      srelu_matrix(filters, width: shape.taps).transposed,
      rows: samples * pixels, columns: Int(shape.filters), inner: shape.taps, into: output)
  }

  /// Adds to `filterGradient`; writes `inputGradient`. `place` is nil where nothing was pooled.
  func backward(
    count: Int, input: UnsafePointer<Float>, filters: UnsafePointer<Float>,
    gradient: UnsafePointer<Float>, place: UnsafePointer<UInt8>?,
    filterGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>?
  ) {
    inputGradient?.update(repeating: 0, count: count * imageSize)
    let width = Int(shape.filters)
    forEachChunk(count) { first, samples in
      var outputGradient = gradient + first * pooledSize
      if let place {
        srelu_unpool(&shape, samples, outputGradient, place + first * pooledSize, unpooled.base)
        outputGradient = UnsafePointer(unpooled.base)
      }
      srelu_image_to_columns(&shape, samples, input + first * imageSize, columns.base)
      product.multiply(
        srelu_matrix(outputGradient, width: width).transposed,
        srelu_matrix(columns.base, width: shape.taps),
        rows: width, columns: shape.taps, inner: samples * pixels, into: filterGradient,
        adding: true)
      guard let inputGradient else { return }
      product.multiply(
        srelu_matrix(outputGradient, width: width), srelu_matrix(filters, width: shape.taps),
        rows: samples * pixels, columns: shape.taps, inner: width, into: columns.base)
      srelu_columns_to_image(
        &shape, samples, columns.base, inputGradient + first * imageSize)
    }
  }
}
