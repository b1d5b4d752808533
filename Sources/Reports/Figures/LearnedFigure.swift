import Experiments

/// The course of the learned parameters over the epochs, by layer.
enum LearnedFigure {
  /// More can't be told apart on a page.
  private static let mostPanels = 12
  private static let colours = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#882255",
  ]

  /// nil where nothing is learned, or for one epoch, which makes no curve.
  static func figure(_ block: BlockComparison) -> Figure? {
    let all = LearnedParameter.all(of: block)
    let groups = all.grouped { [$0.activation.shortDisplayLabel, $0.parameter] }
    let panels = groups.map(\.1).prefix(mostPanels)
    guard let last = all.map(\.epochs).max(), last > 1 else { return nil }
    let layers = all.map(\.layer).unique(by: \.self)
    func style(_ layer: String) -> (colour: String, dash: Int) {
      let index = layers.firstIndex(of: layer) ?? 0
      return (colours[index % colours.count], 1 + index / colours.count % 5)
    }
    func line(_ layer: String) -> String {
      let style = style(layer)
      return "lines lw 2 dt \(style.dash) lc rgb '\(style.colour)'"
    }
    var (data, plots): ([String], [String]) = ([], [])
    for (number, panel) in panels.enumerated() {
      var (bands, lines): ([String], [String]) = ([], [])
      for (index, learned) in panel.enumerated() {
        let name = "p\(number)_\(index)"
        data.append(Gnuplot.block(name, rows(learned)))
        bands.append(
          "$\(name) using 1:3:4 with filledcurves fc rgb '\(style(learned.layer).colour)' "
            + "fs transparent solid 0.12 noborder notitle")
        lines.append("$\(name) using 1:2 with \(line(learned.layer)) notitle")
      }
      plots.append(
        [
          "set title \(Gnuplot.label(panel[0].activation.shortDisplayLabel))",
          "set ylabel \(Gnuplot.label(panel[0].parameter))",
          "plot " + (bands + lines).joined(separator: ", "),
        ].joined(separator: "\n"))
    }
    let grid = PanelGrid(
      count: plots.count, rowHeight: 320,
      entries: layers.map { (line($0), Gnuplot.label($0)) }, hasTitles: true)
    let common = [
      "set grid lc rgb '#dddddd'", "set border 3", "set tics nomirror", "set xlabel 'epoch'",
      "set format y '%g'", "set xrange [0:\(last)]", Axis.counting(to: last),
    ]
    let left = groups.count - plots.count
    return Figure(
      id: "learned \(block.label)", title: "Learned parameters: \(block.label)",
      caption: "Means over each layer's units or channels"
        + (block.hasSpread ? " and the seeds" : "")
        + "; the bands reach from the smallest value to the largest. Epoch 0: before the first step."
        + (left > 0 ? " \(left) more are in the tables." : ""),
      size: grid.size, commands: grid.commands(data + common, panels: plots))
  }

  /// Epoch, mean, smallest and largest; the initial value first.
  private static func rows(_ learned: LearnedParameter) -> [[Double?]] {
    let start: [[Double?]] = learned.initial.map { [[0, $0, $0, $0]] } ?? []
    return start
      + (0..<learned.epochs).map { epoch in
        let values = learned.values(after: epoch)
        return [Double(epoch + 1), values?.means.mean, values?.minimum, values?.maximum]
      }
  }
}
