import Experiments

/// A value per activation: a dot per seed and, for several, the mean and its 95% interval.
enum DotFigure {
  static func figure(_ block: BlockComparison, _ measure: Measure) -> Figure? {
    let styles = Palette.styles(of: block.cells.map(\.activation))
    var data: [String] = []
    var plots: [String] = []
    var ticks: [String] = []
    for (index, cell) in block.cells.enumerated() {
      let values = cell.values(measure).filter(\.isFinite)
      guard let statistics = SampleStatistics(values), let style = styles[cell.activation] else {
        continue
      }
      let x = Double(index + 1)
      ticks.append("\(Gnuplot.tick(cell.activation.shortDisplayLabel)) \(index + 1)")
      let dots = values.enumerated().map { [x + offset($0, of: values.count), $1] }
      data.append(Gnuplot.block("dots\(index)", dots))
      plots.append(
        "$dots\(index) using 1:2 with points pt \(style.point) ps \(values.count == 1 ? 1 : 0.5) lc rgb '\(style.colour)' "
          + "notitle")
      guard let interval = statistics.interval() else { continue }
      let mean = [x, statistics.mean, interval.lower, interval.upper]
      data.append(Gnuplot.block("mean\(index)", [mean]))
      plots.append(
        "$mean\(index) using ($1+0.3):2:3:4 with yerrorbars pt 7 ps 0.8 lw 2 lc rgb "
          + "'\(style.colour)' notitle")
    }
    guard !plots.isEmpty else { return nil }
    return Figure(
      id: "\(measure.symbol) \(block.label)", title: "\(title(measure)): \(block.label)",
      caption: caption(measure, hasSpread: block.hasSpread),
      size: (max(520, 90 * block.cells.count), 340),
      commands: (data + [
        "set border 3", "set tics nomirror", "set grid ytics lc rgb '#dddddd'",
        "set xrange [0.4:\(block.cells.count).8]",
        "set xtics (\(ticks.joined(separator: ", ")))"
          + (block.cells.count > 8 ? " rotate by -30" : ""),
        "set ylabel \(Gnuplot.label(measure.title))", "set offsets 0, 0, graph 0.05, graph 0.05",
        "plot " + plots.joined(separator: ", "),
      ]).joined(separator: "\n"))
  }

  private static func title(_ measure: Measure) -> String {
    (measure.basis == .testSamples ? "test \(measure.title)" : measure.title).capitalisedFirst
  }

  private static func caption(_ measure: Measure, hasSpread: Bool) -> String {
    let shown = hasSpread ? "every seed's dot, the mean and its 95 % interval." : "one seed."
    guard let definition = measure.definition else { return shown.capitalisedFirst }
    return definition.capitalisedFirst + (measure.condition.map { ", \($0)" } ?? "") + ": \(shown)"
  }

  /// Spreads the seeds horizontally, so that equal values stay visible.
  private static func offset(_ index: Int, of count: Int) -> Double {
    count < 2 ? 0 : (Double(index) / Double(count - 1) - 0.5) * 0.3
  }
}
