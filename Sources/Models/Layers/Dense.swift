/// y = W·x + b over all values of a sample, W (units, inputs).
public struct Dense: LayerKind {
  package static let stem = "fc"
  package static let title = "dense layer"

  /// Number of outputs.
  public var units: Int

  /// A dense layer from its number of units.
  public init(units: Int) { self.units = units }

  package var flaw: String? { units < 1 ? "\(units) units" : nil }

  package func output(of input: ImageShape) -> ImageShape {
    ImageShape(height: 1, width: 1, channels: units)
  }

  /// PyTorch's columns are those of the flattened image with channels first.
  package func tensors(for input: ImageShape) -> [TensorSpec] {
    let inputs = product([input.height, input.width, input.channels])
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
