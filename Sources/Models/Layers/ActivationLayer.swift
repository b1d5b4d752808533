/// f of every value.
public struct ActivationLayer: LayerKind {
  package static let stem = "act"
  package static let title = "activation"

  /// The function.
  public var function: Activation

  /// A layer of one function.
  public init(_ function: Activation) { self.function = function }

  package func tensors(for input: ImageShape) -> [TensorSpec] {
    let isImage = input.height * input.width > 1
    return function.learned.map { learned in
      let count =
        switch learned.scope {
        case .network, .layer: 1
        case .channel: input.channels
        case .unit: input.count
        }
      let order: TensorSpec.Order =
        learned.scope == .unit
        ? .channelsLast(pixels: input.height * input.width, channels: input.channels) : .same
      return TensorSpec(
        learned.name, [count], order: order, initial: .constant(learned.initial),
        sum: isImage || count == 1 ? .whole : .byUnit, isShared: learned.scope == .network)
    }
  }
}
