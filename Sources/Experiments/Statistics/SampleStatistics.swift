/// Mean and spread of a sample of measurements.
package struct SampleStatistics: Hashable, Codable, Sendable {
  /// Number of measurements, at least 1.
  package var count: Int
  package var mean: Double
  /// Sample standard deviation (divisor n − 1); nil for a single measurement.
  package var standardDeviation: Double?

  enum CodingKeys: String, CodingKey {
    case count, mean
    case standardDeviation = "standard_deviation"
  }

  /// Whether the measurements differ by more than rounding.
  package var hasSpread: Bool {
    guard let standardDeviation, standardDeviation.isFinite else { return false }
    return standardDeviation > 1e-12 * abs(mean)
  }

  /// The statistics of `values`; nil when there are none. Takes two passes: deviations from the
  /// mean keep a small spread around a large mean from cancelling.
  package init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    count = values.count
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    if values.count > 1 {
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      standardDeviation = (squares / Double(values.count - 1)).squareRoot()
    }
  }
}
