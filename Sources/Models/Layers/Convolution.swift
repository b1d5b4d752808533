/// y = x ∗ W + b with stride 1, W (filters, kernel, kernel, channels).
public struct Convolution: LayerKind {
  package static let stem = "conv"
  package static let title = "convolution"

  /// Output channels.
  public var filters: Int
  /// Height and width of the kernel.
  public var kernel: Int
  /// Whether zeros around the image keep the output as large as the input, as Keras's "same".
  public var padded: Bool

  /// A convolution from its parameters.
  public init(filters: Int, kernel: Int, padded: Bool = false) {
    self.filters = filters
    self.kernel = kernel
    self.padded = padded
  }

  package var flaw: String? {
    filters < 1 || kernel < 1 ? "\(filters) filters and a \(kernel)×\(kernel) kernel" : nil
  }

  package func misfit(_ input: ImageShape) -> String? {
    !padded && kernel > min(input.height, input.width)
      ? "smaller than its \(kernel)×\(kernel) kernel" : nil
  }

  package func output(of input: ImageShape) -> ImageShape {
    let lost = padded ? 0 : kernel - 1
    return ImageShape(height: input.height - lost, width: input.width - lost, channels: filters)
  }

  package func tensors(for input: ImageShape) -> [TensorSpec] {
    let (area, channels) = (kernel * kernel, input.channels)
    return [
      TensorSpec(
        "weight", [filters, kernel, kernel, channels],
        torchShape: [filters, channels, kernel, kernel],
        order: .channelsLast(pixels: area, channels: channels),
        initial: .glorot(fanIn: product([area, channels]), fanOut: product([area, filters])),
        sum: .whole),
      TensorSpec("bias", [filters], initial: .constant(0), sum: .whole),
    ]
  }

  package func multiplyAdds(for input: ImageShape) -> Double {
    let side = Double(kernel)
    return Double(input.channels) * side * side * output(of: input).size
  }

  package func keptValues(for input: ImageShape) -> Double { output(of: input).size }
}
