/// Counts of samples by true class (row) and predicted class (column).
package struct ConfusionMatrix: Hashable, Codable, Sendable {
  package let classes: Int
  /// `classes * classes` counts, row by row.
  package var counts: [Int64]

  package init(classes: Int) {
    self.classes = classes
    counts = [Int64](repeating: 0, count: classes * classes)
  }

  /// The number of samples of class `truth` that were predicted as `predicted`.
  package subscript(truth: Int, predicted: Int) -> Int64 {
    get { counts[truth * classes + predicted] }
    set { counts[truth * classes + predicted] = newValue }
  }
}
