/// f of every value.
public struct ActivationLayer: LayerKind {
  package static let stem = "act"
  package static let title = "activation"

  /// The function.
  public var function: Activation

  /// A layer of one function.
  public init(_ function: Activation) { self.function = function }

  package func tensors(for input: ImageShape) -> [TensorSpec] {
    let pixels = input.height * input.width
    return function.learned.map { learned in
      let count = learned.scope == .channel ? input.channels : 1
      let isByUnit = learned.scope == .unit
      return TensorSpec(
        learned.name, isByUnit ? [1, input.count] : [count],
        torchShape: isByUnit && pixels > 1
          ? [input.channels, input.height, input.width] : isByUnit ? [input.count] : nil,
        order: isByUnit ? .channelsLast(pixels: pixels, channels: input.channels) : .same,
        initial: .constant(learned.initial),
        sum: .whole, isShared: learned.scope == .network, bounds: learned.bounds)
    }
  }
}
