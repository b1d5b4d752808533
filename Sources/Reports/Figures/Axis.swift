import Foundation

enum Axis {
  /// Returns a logarithmic vertical axis over the values, which are positive: gnuplot's own extends
  /// to the next power of ten. Linear where the values are too close for it to matter.
  static func logarithmic(_ values: [Double]) -> [String] {
    guard let least = values.min(), let largest = values.max(), least > 1e-300, largest < 1e300
    else {
      return linear
    }
    let (low, high) = (least / 1.1, largest * 1.1)
    guard let ticks = ticks(from: low, to: high) else { return linear }
    return [
      "set logscale y", "set yrange [\(Gnuplot.number(low)):\(Gnuplot.number(high))]",
      "set ytics \(ticks)",
    ]
  }

  static let linear = ["unset logscale y", "set yrange [*:*]", "set ytics autofreq"]

  /// Returns 1, 2 and 5 times each power of ten; gnuplot's own ticks if these are many, nil if few.
  private static func ticks(from low: Double, to high: Double) -> String? {
    let powers = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
    let ticks = powers.flatMap { power in [1, 2, 5].map { $0 * pow(10, Double(power)) } }
      .filter { low <= $0 && $0 <= high }
    guard ticks.count > 1 else { return nil }
    guard ticks.count < 9 else { return "autofreq" }
    return "(\(ticks.map { String(format: "%g", $0) }.joined(separator: ", ")))"
  }

  /// Returns the axis of epochs or trials: whole numbers only.
  static func counting(to last: Int) -> String { last <= 10 ? "set xtics 1" : "set xtics autofreq" }
}
