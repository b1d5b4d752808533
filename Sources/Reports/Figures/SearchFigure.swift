import Experiments

/// The objective of a search's trials in order of ending, and the best so far: a panel for each
/// searched activation, with horizontal lines for the others.
enum SearchFigure {
  /// nil where no activation of the group was searched.
  static func figure(
    _ group: ConfigurationGroup, by objective: SearchSpec.Objective, isOrderKnown: Bool
  ) -> Figure? {
    let panels = group.searched.compactMap { Panel(name: $0, group, objective) }
    guard !panels.isEmpty else { return nil }
    let baselines = group.baselines
    let values = panels.flatMap(\.values) + baselines.map(\.objective)
    let styles = Palette.styles(of: baselines.map(\.activation))
    let lines = baselines.compactMap { baseline in
      styles[baseline.activation].map {
        (baseline, "lines lw 1.5 dt \($0.dash) lc rgb '\($0.colour)'")
      }
    }
    let across = lines.map { "\(Gnuplot.number($0.objective)) with \($1) notitle" }
    let names = lines.map { ($1, Gnuplot.label($0.activation.shortDisplayLabel)) }
    let grid = PanelGrid(
      count: panels.count, rowHeight: 300,
      entries: [(stopped, "'stopped'"), (finished, "'finished'"), (best, "'best so far'")] + names,
      hasTitles: true)
    let common = [
      "set border 3", "set tics nomirror", "set grid lc rgb '#dddddd'", "set format y '%g'",
      "set xlabel 'trial'", "set ylabel \(Gnuplot.label(objective.title))",
    ]
    let plots = panels.enumerated().map { index, panel in
      [
        "set title \(Gnuplot.label(panel.title))", "set xrange [0.5:\(panel.rows.count).5]",
        Axis.counting(to: panel.rows.count),
        "plot " + (curves(index) + across).joined(separator: ", "),
      ].joined(separator: "\n")
    }
    return Figure(
      id: "search \(group.label)", title: "Progress of the search: \(group.label)",
      caption: caption(objective, hasBaselines: !baselines.isEmpty, isOrderKnown: isOrderKnown),
      size: grid.size,
      commands: grid.commands(
        panels.enumerated().map { Gnuplot.block("trials\($0)", $1.rows) } + common
          + (values.allSatisfy { $0 > 0 } ? Axis.logarithmic(values) : Axis.linear),
        panels: plots))
  }

  private static let stopped = "points pt 6 ps 0.6 lc rgb '#0072B2'"
  private static let finished = "points pt 7 ps 0.6 lc rgb '#0072B2'"
  private static let best = "lines lw 2 lc rgb '#D55E00'"

  private struct Panel {
    var title: String
    /// Number, value if stopped, value if finished, smallest so far.
    var rows: [[Double?]]
    var values: [Double]

    /// nil where no value can be drawn.
    init?(name: String, _ group: ConfigurationGroup, _ objective: SearchSpec.Objective) {
      let trials = group.trials.filter { $0.summary.activation == name && !$0.epochs.isEmpty }
      var best: Double?
      rows = trials.enumerated().compactMap { index, trial in
        guard let value = trial.epochs.last.map(objective.value) else { return nil }
        let hasFailed = trial.summary.status == .failed || !value.isFinite
        if !hasFailed { best = min(best ?? value, value) }
        let isWhole = trial.summary.status == .finished
        return [
          Double(index + 1), hasFailed || isWhole ? nil : value,
          isWhole && !hasFailed ? value : nil,
          best,
        ]
      }
      guard best != nil else { return nil }
      values = rows.flatMap { $0.dropFirst().compactMap { $0 } }
      title = ActivationCatalogue.entry(named: name)?.displayName ?? name
    }
  }

  private static func curves(_ index: Int) -> [String] {
    [
      "$trials\(index) using 1:2 with \(stopped) notitle",
      "$trials\(index) using 1:3 with \(finished) notitle",
      "$trials\(index) using 1:4 with \(best.replacing("lines", with: "steps")) notitle",
    ]
  }

  private static func caption(
    _ objective: SearchSpec.Objective, hasBaselines: Bool, isOrderKnown: Bool
  ) -> String {
    "\(objective.title.capitalisedFirst) after the last epoch of each trial, "
      + (isOrderKnown ? "in the order in which they ended" : "in the order of the config")
      + ": filled where it was trained to its end; and the smallest so far. Failed trials are left "
      + "out."
      + (hasBaselines ? " Lines across are means of activations that weren't searched." : "")
  }
}
