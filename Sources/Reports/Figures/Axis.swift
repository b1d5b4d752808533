import Foundation

/// gnuplot's commands for axes.
enum Axis {
  /// A logarithmic vertical axis that ends where the values, which are above zero, do: gnuplot's own goes
  /// on to the next power of ten. A linear one where they are so close that it makes no difference.
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

  /// Any other vertical axis.
  static let linear = ["unset logscale y", "set yrange [*:*]", "set ytics autofreq"]

  /// 1, 2 and 5 times each power of ten, or gnuplot's own where these are many; nil where they are few.
  private static func ticks(from low: Double, to high: Double) -> String? {
    let powers = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
    let ticks = powers.flatMap { power in [1, 2, 5].map { $0 * pow(10, Double(power)) } }
      .filter { low <= $0 && $0 <= high }
    guard ticks.count > 1 else { return nil }
    guard ticks.count < 9 else { return "autofreq" }
    return "(\(ticks.map { String(format: "%g", $0) }.joined(separator: ", ")))"
  }

  /// The axis of epochs or trials: whole numbers alone.
  static func counting(to last: Int) -> String { last <= 10 ? "set xtics 1" : "set xtics autofreq" }
}
