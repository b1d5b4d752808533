import CKernels

/// Convolution of any shape as a matrix product over columns, a few samples at a time so that the
/// columns stay in the cache.
final class ColumnProduct {
  private var shape: srelu_convolution
  private let samples: Int
  private let columns: AlignedBuffer<Float>
  private let unpooled: AlignedBuffer<Float>

  init(_ shape: srelu_convolution, capacity: Int) {
    self.shape = shape
    let pixels = Int(shape.out_height * shape.out_width)
    let cached = 1 << 18
    samples = max(1, min(capacity, cached / max(1, pixels * shape.taps)))
    columns = AlignedBuffer(count: samples * pixels * shape.taps)
    unpooled = AlignedBuffer(count: samples * pixels * Int(shape.filters))
  }

  private var pixels: Int { Int(shape.out_height * shape.out_width) }
  private var imageSize: Int { Int(shape.height * shape.width * shape.channels) }
  private var pooledSize: Int { Int(shape.pool_height * shape.pool_width * shape.filters) }

  /// Runs `body` with the first sample and the number of samples of each chunk.
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
    bias: UnsafePointer<Float>, high: UnsafeMutablePointer<Float>,
    low: UnsafeMutablePointer<Float>?, place: UnsafeMutablePointer<UInt8>
  ) {
    forEachChunk(count) { first, chunk in
      srelu_image_to_columns(&shape, chunk, input + first * imageSize, columns.base)
      multiply(
        Matrix(base: columns.base, stride: shape.taps),
        Matrix(base: filters, stride: shape.taps, transposed: true),
        rows: chunk * pixels, columns: Int(shape.filters), inner: shape.taps, into: unpooled.base)
      let at = first * pooledSize
      srelu_pool(
        &shape, chunk, unpooled.base, bias, high + at, low.map { $0 + at }, place + at)
    }
  }

  /// Adds to `filterGradient`; writes `inputGradient`.
  func backward(
    count: Int, input: UnsafePointer<Float>, filters: UnsafePointer<Float>,
    gradient: UnsafePointer<Float>, place: UnsafePointer<UInt8>,
    filterGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>?
  ) {
    inputGradient?.update(repeating: 0, count: count * imageSize)
    forEachChunk(count) { first, chunk in
      srelu_unpool(
        &shape, chunk, gradient + first * pooledSize, place + first * pooledSize, unpooled.base)
      srelu_image_to_columns(&shape, chunk, input + first * imageSize, columns.base)
      multiply(
        Matrix(base: unpooled.base, stride: Int(shape.filters), transposed: true),
        Matrix(base: columns.base, stride: shape.taps),
        rows: Int(shape.filters), columns: shape.taps, inner: chunk * pixels,
        into: filterGradient, keep: 1)
      guard let inputGradient else { return }
      multiply(
        Matrix(base: unpooled.base, stride: Int(shape.filters)),
        Matrix(base: filters, stride: shape.taps),
        rows: chunk * pixels, columns: shape.taps, inner: Int(shape.filters), into: columns.base)
      srelu_columns_to_image(&shape, chunk, columns.base, inputGradient + first * imageSize)
    }
  }
}
