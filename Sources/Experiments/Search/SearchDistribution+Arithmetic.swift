import Foundation

extension SearchDistribution {
  /// A value with six significant digits, inside its range.
  static func rounded(_ value: Double, within range: ClosedRange<Double>) -> Double {
    let short = Double(String(format: "%.6g", value)) ?? value
    return min(max(short, range.lowerBound), range.upperBound)
  }

  /// base^exponent.
  static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
}
