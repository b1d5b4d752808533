/// The mean of each channel over all pixels.
public struct GlobalAveragePool: LayerKind {
  package static let stem = "mean"
  package static let title = "global average pool"

  /// The layer has no settings.
  public init() {}

  package func output(of input: ImageShape) -> ImageShape {
    ImageShape(height: 1, width: 1, channels: input.channels)
  }
}
