/// A tensor of a layer: its shape in memory, its form in PyTorch, and its initial values.
public struct TensorSpec: Hashable, Sendable {
  /// A tensor's initial values.
  public enum Initial: Hashable, Sendable {
    /// Uniform in ±√(6 / (fanIn + fanOut)) (Glorot & Bengio 2010), from the seed.
    case glorot(fanIn: Int, fanOut: Int)
    case constant(Float)
  }

  /// The order of the elements in each row of the first dimension.
  public enum Order: Hashable, Sendable {
    /// As in PyTorch.
    case same
    /// `pixels` pixels of `channels` channels, channels last; PyTorch has them first.
    case channelsLast(pixels: Int, channels: Int)
  }

  /// How a tensor's gradient is summed over the samples of a global batch. Layers that couple
  /// samples (`LayerKind.couplesSamples`) take their other sums over samples themselves.
  public enum SampleSum: Hashable, Sendable {
    /// Each row by itself, in the order of the samples: one rank can own a unit's row.
    case byUnit
    /// All at once: small, and summed in fixed parts of the batch.
    case whole
  }

  /// Suffix to the layer's name: `weight`, `bias`.
  public var suffix: String
  /// The shape in memory.
  public var shape: [Int]
  /// The shape in PyTorch.
  public var torchShape: [Int]
  /// The order of the elements.
  public var order: Order
  /// The initial values.
  public var initial: Initial
  /// How the gradient is summed.
  public var sum: SampleSum
  /// Whether all layers of one kind have this tensor together.
  public var isShared: Bool
  /// The values that its elements are kept within after each step; nil for any.
  public var bounds: ClosedRange<Float>?

  /// A tensor, laid out as in PyTorch by default.
  public init(
    _ suffix: String, _ shape: [Int], torchShape: [Int]? = nil, order: Order = .same,
    initial: Initial, sum: SampleSum, isShared: Bool = false,
    bounds: ClosedRange<Float>? = nil
  ) {
    self.suffix = suffix
    self.shape = shape
    self.torchShape = torchShape ?? shape
    self.order = order
    self.initial = initial
    self.sum = sum
    self.isShared = isShared
    self.bounds = bounds
  }

  /// Number of elements, even if no memory could hold them.
  public var size: Double { shape.reduce(1) { $0 * Double($1) } }
}

/// Returns the product of some lengths, saturating on overflow.
package func product(_ lengths: some Sequence<Int>) -> Int {
  lengths.reduce(1) { product, length in
    let (next, overflow) = product.multipliedReportingOverflow(by: length)
    return overflow ? .max : next
  }
}
