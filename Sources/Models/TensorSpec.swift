/// A tensor of a layer: its shape in memory, what PyTorch makes of it, and how it starts.
public struct TensorSpec: Hashable, Sendable {
  /// How a tensor starts.
  public enum Initial: Hashable, Sendable {
    /// Uniform in ±√(6 / (fanIn + fanOut)) (Glorot & Bengio 2010), from the seed.
    case glorot(fanIn: Int, fanOut: Int)
    /// The same everywhere.
    case constant(Float)
  }

  /// How the elements lie in each row, the first dimension's.
  public enum Order: Hashable, Sendable {
    /// As in PyTorch.
    case same
    /// So many pixels of so many channels, channels last; in PyTorch they come first.
    case channelsLast(pixels: Int, channels: Int)
  }

  /// How its gradient is summed over the samples of a global batch. Other sums over samples are those of
  /// layers that couple them (`LayerKind.couplesSamples`).
  public enum SampleSum: Hashable, Sendable {
    /// Each row by itself, in the order of the samples: a unit's, which one rank can own.
    case byUnit
    /// All at once: small, and summed in fixed parts of the batch.
    case whole
  }

  /// Behind the layer's name: `weight`, `bias`.
  public var suffix: String
  /// The shape in memory.
  public var shape: [Int]
  /// The shape in PyTorch.
  public var torchShape: [Int]
  /// How the elements lie.
  public var order: Order
  /// How it starts.
  public var initial: Initial
  /// How its gradient is summed.
  public var sum: SampleSum

  /// A tensor that lies as in PyTorch unless said otherwise.
  public init(
    _ suffix: String, _ shape: [Int], torchShape: [Int]? = nil, order: Order = .same,
    initial: Initial, sum: SampleSum
  ) {
    self.suffix = suffix
    self.shape = shape
    self.torchShape = torchShape ?? shape
    self.order = order
    self.initial = initial
    self.sum = sum
  }

  /// Number of elements, also where no memory could hold them.
  public var size: Double { shape.reduce(1) { $0 * Double($1) } }
}

/// The product of some lengths; of those that no memory could hold, a number as large.
func product(_ lengths: Int...) -> Int {
  lengths.reduce(1) { product, length in
    let (next, overflow) = product.multipliedReportingOverflow(by: length)
    return overflow ? .max : next
  }
}
