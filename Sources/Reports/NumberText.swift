import Experiments
import Foundation

/// Formats numbers, durations and rates, in tables and in progress.
enum NumberText {
  /// The mark for a missing value.
  static let none = "–"

  /// Formats with the given number of decimals: `0.9835`.
  static func fixed(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    let text = String(format: "%.\(digits)f", value)
    // -0.00004 rounds to zero, which has no sign.
    return text.hasPrefix("-") && !text.contains { ("1"..."9").contains($0) }
      ? String(text.dropFirst()) : text
  }

  /// As `fixed`, with a sign unless zero: `+0.0123`.
  static func signed(_ value: Double, digits: Int) -> String {
    let text = fixed(value, digits: digits)
    let isPositive = value > 0 && text.contains { ("1"..."9").contains($0) }
    return isPositive ? "+" + text : text
  }

  /// Formats with three significant digits: `0.0123`, `12.3`, `1.23e-05`.
  static func significant(_ value: Double) -> String {
    value.isFinite ? String(format: "%.3g", value) : fixed(value, digits: 0)
  }

  /// Formats a duration in its two largest units: `8.4 s`, `42 s`, `4 min 05 s`, `2 h 03 min`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return none }
    if seconds < 9.95 { return fixed(seconds, digits: 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
    let minutes = Int((seconds / 60).rounded())
    if minutes < 24 * 60 { return "\(minutes / 60) h \(twoDigits(minutes % 60)) min" }
    let hours = Int((seconds / 3600).rounded())
    return "\(hours / 24) d \(twoDigits(hours % 24)) h"
  }

  /// Formats a rate per second: `840/s`, `12.3k/s`, `1.20M/s`.
  static func rate(_ perSecond: Double) -> String {
    guard perSecond.isFinite, perSecond >= 0 else { return none }
    switch perSecond {
    case ..<999.5: return fixed(perSecond, digits: 0) + "/s"
    case ..<99_950: return fixed(perSecond / 1e3, digits: 1) + "k/s"
    case ..<999_500: return fixed(perSecond / 1e3, digits: 0) + "k/s"
    default: return fixed(perSecond / 1e6, digits: 2) + "M/s"
    }
  }

  /// Formats a setting as in a config: `0.001`, `1e-05`, `3`.
  static func setting(_ value: Double) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  /// Formats a share: `12.5 %`.
  static func percent(_ share: Double) -> String { fixed(share * 100, digits: 2) + " %" }

  /// Formats a p value: four digits, or an upper bound.
  static func p(_ value: Double) -> String { value < 0.0001 ? "< 0.0001" : fixed(value, digits: 4) }

  /// `[+0.0012, +0.0034]`.
  static func interval(_ interval: Interval?, digits: Int) -> String {
    interval.map {
      "[\(signed($0.lower, digits: digits)), \(signed($0.upper, digits: digits))]"
    } ?? none
  }
}
