/// Height, width and channels of an image; a plain vector of n features is 1 × n × 1.
public struct ImageShape: Hashable, Sendable {
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int
  /// Values per pixel, last in memory.
  public var channels: Int

  /// A shape from its three lengths.
  public init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// Number of values.
  public var count: Int { height * width * channels }
}

/// The shape of a network: convolutions, each with activation, 2×2 max-pool and dropout; hidden
/// dense layers, each with activation and dropout; a dense output layer.
public struct NetworkSpec: Hashable, Sendable {
  /// A convolution's parameters; stride 1.
  public struct Convolution: Hashable, Sendable {
    /// Output channels.
    public var filters: Int
    /// Height and width of the kernel.
    public var kernel: Int
    /// Zeros around the image so that the output is as large as the input; the pooling then keeps
    /// windows that reach over the border, as Keras does for "same".
    public var padded: Bool

    /// A convolution from its parameters.
    public init(filters: Int, kernel: Int, padded: Bool = false) {
      self.filters = filters
      self.kernel = kernel
      self.padded = padded
    }
  }

  /// Shape of one sample.
  public var input: ImageShape
  /// The convolutions, first to last; none for a feed-forward network.
  public var convolutions: [Convolution]
  /// Units of each hidden dense layer, first to last.
  public var hidden: [Int]
  /// Number of classes: two get one sigmoid unit, more a softmax.
  public var classes: Int
  /// Of every hidden layer.
  public var activation: Activation
  /// Share of the units dropped after every hidden layer in training, in [0, 1).
  public var dropout: Float

  /// A network's shape from its parts.
  public init(
    input: ImageShape, convolutions: [Convolution] = [], hidden: [Int] = [512, 512], classes: Int,
    activation: Activation, dropout: Float = 0.3
  ) {
    self.input = input
    self.convolutions = convolutions
    self.hidden = hidden
    self.classes = classes
    self.activation = activation
    self.dropout = dropout
  }

  /// Units of the output layer.
  public var outputs: Int { classes == 2 ? 1 : classes }

  /// Values per sample in front of the first dense layer.
  var denseInputs: Int {
    convolutions.reduce(input) { ConvolutionGeometry(input: $0, $1).pooled }.count
  }

  /// Why no network has this shape, or nil where one has.
  public var flaw: String? {
    if classes < 2 { return "\(classes) classes: at least two are needed" }
    if classes > 256 { return "\(classes) classes: a label is a byte, so at most 256" }
    if input.count < 1 { return "an empty input \(input)" }
    if let bad = hidden.first(where: { $0 < 1 }) { return "a hidden layer of \(bad) units" }
    if !(dropout >= 0 && dropout < 1) { return "dropout \(dropout) is outside [0, 1)" }
    var shape = input
    for (index, convolution) in convolutions.enumerated() {
      if convolution.filters < 1 || convolution.kernel < 1 {
        return "convolution \(index + 1) with \(convolution.filters) filters and a "
          + "\(convolution.kernel)×\(convolution.kernel) kernel"
      }
      let geometry = ConvolutionGeometry(input: shape, convolution)
      if geometry.pooled.count < 1 {
        return "convolution \(index + 1) with a \(convolution.kernel)×\(convolution.kernel) kernel "
          + "and its pooling leave nothing of a \(shape.height)×\(shape.width) image"
      }
      shape = geometry.pooled
    }
    return nil
  }
}

/// The shapes in and behind one convolution.
struct ConvolutionGeometry {
  let input: ImageShape
  let output: ImageShape
  let pooled: ImageShape
  let kernel: Int
  let pad: Int

  init(input: ImageShape, _ convolution: NetworkSpec.Convolution) {
    self.input = input
    kernel = convolution.kernel
    pad = convolution.padded ? (kernel - 1) / 2 : 0
    let lost = convolution.padded ? 0 : kernel - 1
    output = ImageShape(
      height: max(0, input.height - lost), width: max(0, input.width - lost),
      channels: convolution.filters)
    let carry = convolution.padded ? 1 : 0
    pooled = ImageShape(
      height: (output.height + carry) / 2, width: (output.width + carry) / 2,
      channels: convolution.filters)
  }
}
