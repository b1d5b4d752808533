import Experiments

/// The objective of a search's trials in the order in which they ended, and the best so far: a panel for
/// each activation that was searched, with lines across for those that weren't.
enum SearchFigure {
  /// nil where no activation of the group was searched.
  static func figure(
    _ group: ConfigurationGroup, by objective: SearchSpec.Objective, isOrderKnown: Bool
  ) -> Figure? {
    let panels = group.searched.compactMap { Panel(name: $0, group, objective) }
    guard !panels.isEmpty else { return nil }
    let baselines = group.baselines
    let values = panels.flatMap(\.values) + baselines.map(\.objective)
    let (columns, rows) = (panels.count == 1 ? 1 : 2, (panels.count + 1) / 2)
    let height = 300 * rows + 60
    let (top, bottom) = (1 - 60 / Double(height), 50 / Double(height))
    let data = panels.enumerated().map { Gnuplot.block("trials\($0)", $1.rows) }
    let plots = panels.enumerated().map { index, panel in
      [
        "set title \(Gnuplot.label(panel.title))", "set xrange [0.5:\(panel.rows.count).5]",
        index == 0
          ? "set key at screen 0.5, screen 0.99 center top horizontal maxrows 2" : "unset key",
        "plot " + (curves(index) + lines(baselines)).joined(separator: ", "),
      ].joined(separator: "\n")
    }
    return Figure(
      id: "search \(group.label)", title: "Progress of the search: \(group.label)",
      caption: caption(objective, hasBaselines: !baselines.isEmpty, isOrderKnown: isOrderKnown),
      size: (columns == 1 ? 640 : 900, height),
      commands: (data + [
        "set border 3", "set tics nomirror", "set grid lc rgb '#dddddd'", "set format y '%g'",
        values.allSatisfy { $0 > 0 } ? "set logscale y" : "unset logscale y",
        "set xlabel 'trial'", "set ylabel \(Gnuplot.label(objective.title))",
        "set multiplot layout \(rows),\(columns) margins \(columns == 1 ? 0.13 : 0.09),0.98,\(bottom),"
          + "\(top - 20 / Double(height)) spacing 0.1,\(80 / Double(height))",
      ] + plots + ["unset multiplot"]).joined(separator: "\n"))
  }

  /// One activation's trials.
  private struct Panel {
    var title: String
    /// Number, value where it was stopped, value where it finished, the smallest so far.
    var rows: [[Double?]]
    var values: [Double]

    /// nil where there is no number to draw.
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
    let open = "$trials\(index) using 1:2 with points pt 6 ps 0.6 lc rgb '#0072B2' title 'stopped'"
    return [
      open, "$trials\(index) using 1:3 with points pt 7 ps 0.6 lc rgb '#0072B2' title 'finished'",
      "$trials\(index) using 1:4 with steps lw 2 lc rgb '#D55E00' title 'best so far'",
    ]
  }

  private static func lines(_ baselines: [Configuration]) -> [String] {
    let styles = Palette.styles(of: baselines.map(\.activation))
    return baselines.compactMap { baseline in
      guard let style = styles[baseline.activation] else { return nil }
      return "\(Gnuplot.number(baseline.objective)) with lines lw 1.5 dt \(style.dash) lc rgb "
        + "'\(style.colour)' title \(Gnuplot.label(baseline.activation.shortDisplayLabel))"
    }
  }

  private static func caption(
    _ objective: SearchSpec.Objective, hasBaselines: Bool, isOrderKnown: Bool
  ) -> String {
    let title = objective.title.prefix(1).uppercased() + objective.title.dropFirst()
    return "\(title) after the last epoch of each trial, "
      + (isOrderKnown ? "in the order in which they ended" : "in the order of the config")
      + ": filled where it was trained to its end; and the smallest so far. Failed trials are left "
      + "out."
      + (hasBaselines ? " Lines across are means of activations that weren't searched." : "")
  }
}
