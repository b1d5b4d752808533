import Foundation

/// Where the values of a searched setting come from.
package enum SearchDistribution: Hashable, Codable, Sendable {
  /// Every number of a range equally likely.
  case uniform(ClosedRange<Double>)
  /// Every ratio equally likely: as many values between 0.01 and 0.1 as between 0.1 and 1.
  case logUniform(ClosedRange<Double>)
  /// Every whole number of a range equally likely, both ends included.
  case integer(ClosedRange<Int>)
  /// One of a list, all equally likely.
  case choice([Double])

  /// The value at a share of the distribution, in [0, 1).
  package func value(at share: Double) -> Double {
    switch self {
    case .uniform(let range):
      rounded(range.lowerBound + share * (range.upperBound - range.lowerBound))
    case .logUniform(let range):
      rounded(range.lowerBound * pow(range.upperBound / range.lowerBound, share))
    case .integer(let range):
      Double(
        min(range.lowerBound + Int(share * Double(range.count)), range.upperBound))
    case .choice(let values): values[min(Int(share * Double(values.count)), values.count - 1)]
    }
  }

  /// Rounds a value of a range to six significant digits, for readability.
  func rounded(_ value: Double) -> Double {
    guard let low = extremes.min(), let high = extremes.max() else { return value }
    return min(max(Double(String(format: "%.6g", value)) ?? value, low), high)
  }

  /// Whether the distribution can give this value.
  func holds(_ value: Double) -> Bool {
    switch self {
    case .uniform(let range), .logUniform(let range): range.contains(value)
    case .integer(let range): Int(exactly: value).map(range.contains) ?? false
    case .choice(let values): values.contains(value)
    }
  }

  /// The values at the ends, or all of a list: what a config must accept.
  var extremes: [Double] {
    switch self {
    case .uniform(let range), .logUniform(let range): [range.lowerBound, range.upperBound]
    case .integer(let range): [Double(range.lowerBound), Double(range.upperBound)]
    case .choice(let values): values
    }
  }
}
