/// Counts of samples by true class (row) and predicted class (column).
public struct ConfusionMatrix: Hashable, Codable, Sendable {
  /// Number of classes.
  public let classes: Int
  /// `classes * classes` counts, row by row.
  public var counts: [Int64]

  /// An empty matrix.
  public init(classes: Int) {
    self.classes = classes
    counts = [Int64](repeating: 0, count: classes * classes)
  }

  /// The number of samples of class `truth` that were predicted as `predicted`.
  public subscript(truth: Int, predicted: Int) -> Int64 {
    get { counts[truth * classes + predicted] }
    set { counts[truth * classes + predicted] = newValue }
  }
}
