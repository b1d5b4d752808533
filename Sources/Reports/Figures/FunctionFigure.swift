import Experiments
import Foundation
import Support

/// A function and its derivative.
package enum FunctionFigure {
  /// gnuplot isn't there, or didn't draw.
  struct NotDrawn: ReportableError {
    let description: String
    var exitCode: ExitCode { .environment }
  }

  /// - Parameter isSmall: for a page with several.
  /// - Throws: what `FunctionCurve` throws.
  static func figure(
    _ activation: ActivationSpec, isSmall: Bool = false
  ) throws -> Figure {
    let curve = try FunctionCurve(activation)
    let style = activation.style
    let label = activation.shortDisplayLabel
    let rows = { (points: [FunctionCurve.Point]) in points.map { [$0.x, $0.y] } }
    let (low, high) = range(curve)
    return Figure(
      id: "function \(activation.label)", title: label,
      caption: "f (whole line) and f′ (dashed) for |x| ≤ 5.",
      size: isSmall ? (340, 240) : (640, 420),
      commands: [
        Gnuplot.block("values", rows(curve.values)), Gnuplot.block("slopes", rows(curve.slopes)),
        "set border 0", "set grid lc rgb '#e6e6e6'", "set tics nomirror scale 0",
        "set xzeroaxis lt 1 lw 1.2 lc rgb '#777777'", "set yzeroaxis lt 1 lw 1.2 lc rgb '#777777'",
        "set xrange [-5:5]", "set yrange [\(low):\(high)]", "set format y '%g'", "set xtics 1",
        "set xlabel 'x'", isSmall ? "unset title" : "set title \(Gnuplot.label(label))",
        "set key top left Left reverse invert samplen 2.5 opaque",
        "plot $slopes using 1:2 with lines lw 2 dt 2 lc rgb '#555555' title 'f′(x)', "
          + "$values using 1:2 with lines lw 2.5 dt 1 lc rgb '\(style.colour)' title 'f(x)'",
      ].joined(separator: "\n"))
  }

  /// What the lines take, with some room; no more than 10 either way.
  private static func range(_ curve: FunctionCurve) -> (Double, Double) {
    let values = (curve.values + curve.slopes).compactMap(\.y).filter { abs($0) <= 10 } + [0]
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    let room = max(0.05 * (high - low), 0.1)
    return (low - room, high + room)
  }

  /// The figure as SVG.
  /// - Throws: `ReportableError` where gnuplot is missing or fails.
  package static func svg(_ activation: ActivationSpec) throws -> [UInt8] {
    guard Gnuplot.version() != nil else { throw NotDrawn(description: Gnuplot.missing) }
    switch try Gnuplot.draw(figure(activation)) {
    case .drawn(let svg, _): return Array(svg)
    case .failed(let complaint):
      throw NotDrawn(description: "The figure couldn't be drawn: \(complaint.onOneLine)")
    }
  }
}
