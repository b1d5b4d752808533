/// f of every value. Learned slopes are one per channel.
public struct ActivationLayer: LayerKind {
  package static let stem = "act"
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
