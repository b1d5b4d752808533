/// f of every value. Slopes, where they are learned, are one per channel.
public struct ActivationLayer: LayerKind {
  /// `act`.
  package static let stem = "act"
  /// `activation`.
  package static let title = "activation"

  /// The function.
  public var function: Activation

  /// A layer of one function.
  public init(_ function: Activation) { self.function = function }

  package func tensors(for input: ImageShape) -> [TensorSpec] {
    guard let slope = function.initialSlope else { return [] }
    let isImage = input.height * input.width > 1
    return [
      TensorSpec(
        "weight", [input.channels], initial: .constant(slope), sum: isImage ? .whole : .byUnit)
    ]
  }
}
