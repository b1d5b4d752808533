/// A tensor by name, in PyTorch's layout.
public struct NamedTensor: Hashable, Sendable {
  /// PyTorch's name, such as `conv1.weight`.
  public var name: String
  /// PyTorch's shape: filters (out, in, kernel, kernel), dense weights (out, in).
  public var shape: [Int]
  /// Row-major values.
  public var values: [Float]

  /// A tensor from its parts.
  public init(name: String, shape: [Int], values: [Float]) {
    self.name = name
    self.shape = shape
    self.values = values
  }
}
