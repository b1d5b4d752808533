/// An interval that contains the true value with a stated confidence.
public struct Interval: Hashable, Codable, Sendable {
  /// Its lower end.
  public var lower: Double
  /// Its upper end.
  public var upper: Double

  /// An interval from its ends.
  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  /// Whether the interval contains the value.
  public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}

extension SampleStatistics {
  /// Returns Student's t interval of the mean; nil for one measurement and for equal ones, which
  /// say nothing about the spread.
  public func interval(confidence: Double = 0.95) -> Interval? {
    guard let standardDeviation, count > 1, hasSpread else { return nil }
    let t = StudentDistribution.quantile((1 + confidence) / 2, freedom: Double(count - 1))
    let reach = t * standardDeviation / Double(count).squareRoot()
    return Interval(lower: mean - reach, upper: mean + reach)
  }
}
