/// An interval that contains the true value with a stated confidence.
package struct Interval: Hashable, Codable, Sendable {
  package var lower: Double
  package var upper: Double

  package init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  package func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}

extension SampleStatistics {
  /// Returns Student's t interval of the mean; nil for one measurement and for equal ones, which
  /// say nothing about the spread.
  package func interval(confidence: Double = 0.95) -> Interval? {
    guard let standardDeviation, count > 1, hasSpread else { return nil }
    let t = StudentDistribution.quantile((1 + confidence) / 2, freedom: Double(count - 1))
    let reach = t * standardDeviation / Double(count).squareRoot()
    return Interval(lower: mean - reach, upper: mean + reach)
  }
}
