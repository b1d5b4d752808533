/// The largest value of each window of size × size pixels, without overlap.
public struct MaxPool: LayerKind {
  package static let stem = "pool"
  package static let title = "max-pool"

  /// Height and width of a window.
  public var size: Int
  /// Whether windows that extend beyond the border count, as in Keras's "same".
  public var keepsPartialWindows: Bool

  /// A pooling from its parameters.
  public init(size: Int = 2, keepsPartialWindows: Bool = false) {
    self.size = size
    self.keepsPartialWindows = keepsPartialWindows
  }

  package var flaw: String? { size < 1 ? "windows of \(size)×\(size)" : nil }

  package func misfit(_ input: ImageShape) -> String? {
    !keepsPartialWindows && size > min(input.height, input.width)
      ? "smaller than its \(size)×\(size) windows" : nil
  }

  package func output(of input: ImageShape) -> ImageShape {
    let carry = keepsPartialWindows ? size - 1 : 0
    return ImageShape(
      height: (input.height + carry) / size, width: (input.width + carry) / size,
      channels: input.channels)
  }
}
