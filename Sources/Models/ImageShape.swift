/// An image's height, width and channels; n features are 1 × n × 1, dense outputs 1 × 1 × n.
public struct ImageShape: Hashable, Codable, Sendable {
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int
  /// Values per pixel, last in memory.
  public var channels: Int

  /// An image, of one channel by default.
  public init(height: Int, width: Int, channels: Int = 1) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// Number of values.
  public var count: Int { height * width * channels }

  /// The number of values, even if no memory could hold them.
  public var size: Double { Double(height) * Double(width) * Double(channels) }
}

extension ImageShape: CustomStringConvertible {
  /// `28×28`, or with several channels `3×32×32`.
  public var description: String {
    channels == 1 ? "\(height)×\(width)" : "\(channels)×\(height)×\(width)"
  }
}
