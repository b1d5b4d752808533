/// Height, width and channels of an image; a plain vector of n features is 1 × n × 1, and what comes out
/// of a dense layer 1 × 1 × n.
public struct ImageShape: Hashable, Codable, Sendable {
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int
  /// Values per pixel, last in memory.
  public var channels: Int

  /// An image of one channel unless said otherwise.
  public init(height: Int, width: Int, channels: Int = 1) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// Number of values.
  public var count: Int { height * width * channels }

  /// The same of shapes that no memory could hold.
  public var size: Double { Double(height) * Double(width) * Double(channels) }
}

extension ImageShape: CustomStringConvertible {
  /// `28×28`, with the channels in front where there are several: `3×32×32`.
  public var description: String {
    channels == 1 ? "\(height)×\(width)" : "\(channels)×\(height)×\(width)"
  }
}
