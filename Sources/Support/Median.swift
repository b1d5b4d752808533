extension Collection<Double> {
  /// The value in the middle; of an even number the mean of the two there. nil for none.
  package var median: Double? {
    guard !isEmpty else { return nil }
    let sorted = sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}
