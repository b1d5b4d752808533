import Experiments

/// Confusion matrices with counts, shaded by the rate within the true class.
enum ConfusionFigure {
  /// One per activation of a block, up to `limit`.
  static func figures(_ block: BlockComparison, limit: Int = 8) -> [Figure] {
    let first = block.cells.filter { $0.activation == block.subject }
    let others = block.cells.filter { $0.activation != block.subject }
    return (first + others).prefix(limit).compactMap { figure(block, $0) }
  }

  private static func figure(_ block: BlockComparison, _ cell: Cell) -> Figure? {
    guard let total = ConfusionTotal(cell), total.matrix.classes <= 30 else { return nil }
    let classes = total.matrix.classes
    var rows: [[Double?]] = []
    var labels: [String] = []
    for truth in 0..<classes {
      let all = Double(max(1, total.matrix.support(of: truth)))
      for predicted in 0..<classes {
        let count = total.matrix[truth, predicted]
        let rate = Double(count) / all
        rows.append([Double(predicted), Double(truth), rate])
        let text = count == 0 ? "0" : "\(count)\n\(rateText(rate))"
        labels += label(text, x: predicted, y: truth, isLight: rate > 0.6, isSmall: classes > 4)
      }
    }
    let names = total.classNames.enumerated().map { "\(Gnuplot.tick($1)) \($0)" }
      .joined(separator: ", ")
    let side = classes > 4 ? 620 : 380
    return Figure(
      id: "confusion \(block.label) \(cell.activation.label)",
      title: "Confusion matrix: \(cell.activation.shortDisplayLabel), \(block.label)",
      caption: "Test samples of "
        + (cell.finished.count == 1 ? "one seed" : "\(cell.finished.count) seeds together")
        + ": counts, and their share of the true class in percent.",
      size: (side, side - 40),
      commands: ([
        Gnuplot.block("rates", rows), "set palette \(Palette.shades)", "unset colorbox",
        "set cbrange [0:1]", "set xrange [-0.5:\(Double(classes) - 0.5)]",
        "set yrange [\(Double(classes) - 0.5):-0.5]",
        "set xtics (\(names)) scale 0" + (classes > 4 ? " rotate by -40" : ""),
        "set ytics (\(names)) scale 0", "set xlabel 'predicted class'", "set ylabel 'true class'",
        "set bmargin \(classes > 4 ? 7 : 4)",
        // One rectangle per cell: without `pixels`, browsers blur a tiny bitmap.
      ] + labels + ["plot $rates using 1:2:3 with image pixels notitle"]).joined(separator: "\n"))
  }

  /// Returns the lines of a cell's label, stacked vertically.
  private static func label(
    _ text: String, x: Int, y: Int, isLight: Bool, isSmall: Bool
  ) -> [String] {
    let lines = text.split(separator: "\n")
    return lines.enumerated().map { index, line in
      let shift = (Double(index) - Double(lines.count - 1) / 2) * 0.38
      let colour = isLight ? "#FFFFFF" : "#222222"
      return "set label \(Gnuplot.quoted(String(line))) at \(x),\(Double(y) + shift) center front "
        + "tc rgb '\(colour)' font ',\(isSmall ? 8 : 12)'"
    }
  }

  private static func rateText(_ rate: Double) -> String {
    NumberText.fixed(rate * 100, digits: rate > 0.0995 ? 1 : 2)
  }
}
