import CKernels

/// Convolution with pooling by its definition, channels last, for images and filters of small
/// integers, whose sums are exact in any order.
struct PlainConvolution {
  let shape: srelu_convolution

  var taps: Int { Int(shape.kernel * shape.kernel * shape.channels) }
  var imageSize: Int { Int(shape.height * shape.width * shape.channels) }
  var windows: Int { Int(shape.pool_height * shape.pool_width) }
  var filters: Int { Int(shape.filters) }

  init(height: Int, width: Int, channels: Int, kernel: Int, filters: Int, padded: Bool = false) {
    let (oh, ow) = padded ? (height, width) : (height - kernel + 1, width - kernel + 1)
    let carry = padded ? 1 : 0
    shape = srelu_convolution(
      height: Int32(height), width: Int32(width), channels: Int32(channels),
      kernel: Int32(kernel), filters: Int32(filters), pad: padded ? Int32((kernel - 1) / 2) : 0,
      out_height: Int32(oh), out_width: Int32(ow), pool_height: Int32((oh + carry) / 2),
      pool_width: Int32((ow + carry) / 2))
  }

  /// Calls `body` with (weight, pixel) for every product in the output of `filter` at `y`, `x`.
  func forEachPair(_ filter: Int, y: Int, x: Int, _ body: (Int, Int) -> Void) {
    let (k, c) = (Int(shape.kernel), Int(shape.channels))
    for ky in 0..<k {
      for kx in 0..<k {
        let (iy, ix) = (y + ky - Int(shape.pad), x + kx - Int(shape.pad))
        guard iy >= 0, iy < shape.height, ix >= 0, ix < shape.width else { continue }
        for channel in 0..<c {
          body(
            filter * taps + (ky * k + kx) * c + channel,
            (iy * Int(shape.width) + ix) * c + channel)
        }
      }
    }
  }

  /// Calls `body` with (place, y, x) for the pixels of a window that lie in the output.
  func forEachPlace(window: Int, _ body: (Int, Int, Int) -> Void) {
    let (row, column) = (window / Int(shape.pool_width), window % Int(shape.pool_width))
    for place in 0..<4 {
      let (y, x) = (2 * row + place / 2, 2 * column + place % 2)
      if y < shape.out_height, x < shape.out_width { body(place, y, x) }
    }
  }

  /// Returns the first largest and smallest values of each (window, filter) of an image, without
  /// bias.
  func extremes(_ image: [Float], _ weights: [Float]) -> [(high: Float, low: Float, place: UInt8)] {
    (0..<windows * filters).map { index in
      var values: [(place: Int, value: Float)] = []
      forEachPlace(window: index / filters) { place, y, x in
        var sum: Float = 0
        forEachPair(index % filters, y: y, x: x) { sum += weights[$0] * image[$1] }
        values.append((place, sum))
      }
      let most = values.reduce(values[0]) { $1.value > $0.value ? $1 : $0 }
      let least = values.reduce(values[0]) { $1.value < $0.value ? $1 : $0 }
      return (most.value, least.value, UInt8(most.place | least.place << 2))
    }
  }

  /// Returns the gradients of filters and image from the pooled gradient of one image.
  func backward(
    _ image: [Float], _ weights: [Float], gradient: [Float], place: [UInt8]
  ) -> (filters: [Float], image: [Float]) {
    var filterGradient = [Float](repeating: 0, count: weights.count)
    var imageGradient = [Float](repeating: 0, count: image.count)
    for index in gradient.indices {
      forEachPlace(window: index / filters) { at, y, x in
        guard at == place[index] else { return }
        forEachPair(index % filters, y: y, x: x) { weight, pixel in
          filterGradient[weight] += gradient[index] * image[pixel]
          imageGradient[pixel] += gradient[index] * weights[weight]
        }
      }
    }
    return (filterGradient, imageGradient)
  }
}
