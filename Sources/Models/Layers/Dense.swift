/// y = W·x + b over all values of a sample, W (units, inputs).
public struct Dense: LayerKind {
  /// `fc`.
  package static let stem = "fc"
  /// `dense layer`.
  package static let title = "dense layer"

  /// Values that come out.
  public var units: Int

  /// A dense layer of so many units.
  public init(units: Int) { self.units = units }

  package var flaw: String? { units < 1 ? "\(units) units" : nil }

  package func output(of input: ImageShape) -> ImageShape {
    ImageShape(height: 1, width: 1, channels: units)
  }

  /// PyTorch's columns are those of the flattened image with its channels first.
  package func tensors(for input: ImageShape) -> [TensorSpec] {
    let inputs = product(input.height, input.width, input.channels)
    return [
      TensorSpec(
        "weight", [units, inputs],
        order: .channelsLast(pixels: input.height * input.width, channels: input.channels),
        initial: .glorot(fanIn: inputs, fanOut: units), sum: .byUnit),
      TensorSpec("bias", [units], initial: .constant(0), sum: .byUnit),
    ]
  }

  package func multiplyAdds(for input: ImageShape) -> Double { input.size * Double(units) }

  package func keptValues(for input: ImageShape) -> Double { Double(units) }
}
