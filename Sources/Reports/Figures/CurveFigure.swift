import Experiments

/// Loss and accuracy over the epochs: mean over the seeds with its 95% interval.
enum CurveFigure {
  private struct Panel {
    enum Scale {
      case linear
      /// Only where all means are positive.
      case logarithmic
      /// From zero.
      case share
    }

    var title: String
    var scale: Scale
    var value: @Sendable (EpochRecord) -> Double?
  }

  private static let panels = [
    Panel(title: "test loss", scale: .logarithmic) { $0.testLoss },
    Panel(title: "test accuracy", scale: .linear) { $0.testAccuracy },
    Panel(title: "training loss, dropout on", scale: .logarithmic) { $0.trainLoss },
    Panel(title: "training accuracy, dropout on", scale: .linear) { $0.trainAccuracy },
  ]

  static func figure(_ block: BlockComparison) -> Figure? {
    figure(
      block, id: "curves", title: "Loss and accuracy", panels: panels,
      caption: block.hasSpread
        ? "Means over the seeds; the bands are 95 % intervals of the mean." : "One seed.")
  }

  static func deadUnits(_ block: BlockComparison) -> Figure? {
    let panels = [
      Panel(title: "share of dead units", scale: .share) { $0.deadShare },
      Panel(title: "share of saturated responses", scale: .share) { epoch in
        let units = epoch.layers.reduce(0.0) { $0 + Double($1.units) }
        let sum = epoch.layers.reduce(0.0) { $0 + $1.saturatedShare * Double($1.units) }
        return units == 0 ? nil : sum / units
      },
    ]
    return figure(
      block, id: "dead", title: "Dead units and saturated responses", panels: panels,
      caption: "All hidden layers together, weighted by their units. A response is saturated where "
        + "the activation's derivative is below 0.001 in size, a unit dead where that holds for "
        + "every test sample.")
  }

  private static func figure(
    _ block: BlockComparison, id: String, title: String, panels: [Panel],
    caption: String
  ) -> Figure? {
    // One epoch makes no curve.
    guard let last = block.lastEpoch, last > 1 else { return nil }
    let drawn = panels.enumerated().compactMap { self.drawn(block, $1, number: $0) }
    guard !drawn.isEmpty else { return nil }
    let styles = Palette.styles(of: block.cells.map(\.activation))
    let grid = PanelGrid(
      count: drawn.count, rowHeight: rowHeight,
      entries: block.cells.compactMap { cell in
        styles[cell.activation].map {
          (
            lines($0, points: cell.lastEpoch),
            Gnuplot.label(cell.activation.shortDisplayLabel)
          )
        }
      })
    let common = [
      "set style fill transparent solid 0.15 noborder", "set grid lc rgb '#dddddd'",
      "set border 3", "set tics nomirror", "set xlabel 'epoch'", "set format y '%g'",
      Axis.counting(to: last),
    ]
    return Figure(
      id: "\(id) \(block.label)", title: "\(title): \(block.label)", caption: caption,
      size: grid.size,
      commands: grid.commands(drawn.flatMap(\.data) + common, panels: drawn.map(\.plot)))
  }

  private static let rowHeight = 300

  /// The largest number of epochs that get individual marks.
  private static let mostMarks = 15

  /// Returns the style of an activation's line, with a mark per epoch where these are few: a line
  /// through one point draws nothing.
  private static func lines(_ style: ActivationDefinition.Style, points: Int) -> String {
    let line = "lw 2 dt \(style.dash) lc rgb '\(style.colour)'"
    return points <= mostMarks
      ? "linespoints \(line) pt \(style.point) ps 0.6" : "lines \(line)"
  }

  /// Returns a panel's data blocks and its plot; nil where there is nothing to draw.
  private static func drawn(_ block: BlockComparison, _ panel: Panel, number: Int) -> (
    data: [String], plot: String
  )? {
    let styles = Palette.styles(of: block.cells.map(\.activation))
    let curves = block.cells.compactMap { cell -> (ActivationSpec, [CurvePoint])? in
      let points = Self.points(cell, panel.value)
      return points.isEmpty ? nil : (cell.activation, points)
    }
    guard !curves.isEmpty else { return nil }
    let all = curves.flatMap(\.1)
    let isLogarithmic = panel.scale == .logarithmic && all.allSatisfy { $0.mean > 0 }
    // A band can't reach zero on a logarithmic axis, and near zero it would squeeze the curves.
    let floor = (all.map(\.mean).min() ?? 0) / 10
    var (data, bands, lines): ([String], [String], [String]) = ([], [], [])
    for (index, (activation, points)) in curves.enumerated() {
      guard let style = styles[activation] else { continue }
      let name = "d\(number)_\(index)"
      let rows = points.map { point -> [Double?] in
        [
          point.epoch, point.mean, isLogarithmic ? max(point.lower, floor) : point.lower,
          point.upper,
        ]
      }
      data.append(Gnuplot.block(name, rows))
      bands.append(
        "$\(name) using 1:3:4 with filledcurves fc rgb '\(style.colour)' fs transparent solid 0.15 "
          + "noborder notitle")
      let drawing = Self.lines(style, points: points.count)
      lines.append("$\(name) using 1:2 with \(drawing) notitle")
    }
    let axis =
      isLogarithmic
      ? Axis.logarithmic(all.flatMap { [max($0.lower, floor), $0.upper] })
      : panel.scale == .share ? share(all.map(\.upper).max() ?? 0) : Axis.linear
    let plot =
      ["set ylabel \(Gnuplot.label(panel.title))"] + axis
      + ["plot " + (bands + lines).joined(separator: ", ")]
    return (data, plot.joined(separator: "\n"))
  }

  /// Returns an axis from zero; where all values are zero they lie at its bottom.
  private static func share(_ top: Double) -> [String] {
    [
      "unset logscale y", top < smallestTop ? "set yrange [0:\(smallestTop)]" : "set yrange [0:*]",
      "set ytics autofreq",
    ]
  }

  /// The smallest upper end of a share's axis.
  private static let smallestTop = 0.01

  private struct CurvePoint {
    var epoch: Double
    var mean: Double
    var lower: Double
    var upper: Double
  }

  /// Returns the finite means and intervals over the seeds that reached each epoch.
  private static func points(_ cell: Cell, _ value: (EpochRecord) -> Double?) -> [CurvePoint] {
    cell.curve(value).enumerated().compactMap { index, statistics in
      guard let statistics, statistics.mean.isFinite else { return nil }
      let band = statistics.interval() ?? Interval(lower: statistics.mean, upper: statistics.mean)
      return CurvePoint(
        epoch: Double(index + 1), mean: statistics.mean, lower: band.lower, upper: band.upper)
    }
  }
}
