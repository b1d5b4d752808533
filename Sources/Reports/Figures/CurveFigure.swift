import Experiments

/// Loss and accuracy over the epochs: mean over the seeds with its 95 % interval.
enum CurveFigure {
  /// What a panel shows.
  private struct Panel {
    var title: String
    var isLogarithmic: Bool
    var value: @Sendable (EpochRecord) -> Double?
  }

  private static let panels = [
    Panel(title: "test loss", isLogarithmic: true) { $0.testLoss },
    Panel(title: "test accuracy", isLogarithmic: false) { $0.testAccuracy },
    Panel(title: "training loss, dropout on", isLogarithmic: true) { $0.trainLoss },
    Panel(title: "training accuracy, dropout on", isLogarithmic: false) { $0.trainAccuracy },
  ]

  static func figure(_ place: PlaceComparison) -> Figure? {
    figure(
      place, id: "curves", title: "Loss and accuracy", panels: panels, height: 640,
      caption: "Means over the seeds; the bands are 95 % intervals of the mean.")
  }

  /// Dead units over the epochs.
  static func deadUnits(_ place: PlaceComparison) -> Figure? {
    let panels = [
      Panel(title: "share of dead units", isLogarithmic: false) { DeadShare.of($0.layers) },
      Panel(title: "share of saturated responses", isLogarithmic: false) { epoch in
        let units = epoch.layers.reduce(0.0) { $0 + Double($1.units) }
        let sum = epoch.layers.reduce(0.0) { $0 + $1.saturatedShare * Double($1.units) }
        return units == 0 ? nil : sum / units
      },
    ]
    return figure(
      place, id: "dead", title: "Dead units and saturated responses", panels: panels, height: 360,
      caption: "All hidden layers together, weighted by their units. A response is saturated where "
        + "the activation's derivative is below 0.001 in size, a unit dead where that holds for "
        + "every test sample.")
  }

  private static func figure(
    _ place: PlaceComparison, id: String, title: String, panels: [Panel], height: Int,
    caption: String
  ) -> Figure? {
    let styles = Palette.styles(of: place.contestants.map(\.activation))
    var data: [String] = []
    var plots: [String] = []
    for (number, panel) in panels.enumerated() {
      var parts: [(band: String, line: String)] = []
      for (index, contestant) in place.contestants.enumerated() {
        let rows = rows(contestant, panel.value)
        guard !rows.isEmpty, let style = styles[contestant.activation] else { continue }
        let name = "d\(number)_\(index)"
        data.append(Gnuplot.block(name, rows))
        let label = Gnuplot.label(contestant.activation.shortDisplayLabel)
        parts.append(
          (
            "$\(name) using 1:3:4 with filledcurves fc rgb '\(style.colour)' fs transparent "
              + "solid 0.15 noborder notitle",
            "$\(name) using 1:2 with lines lw 2 dt \(style.dash) lc rgb '\(style.colour)' title "
              + label
          ))
      }
      guard !parts.isEmpty else { continue }
      plots.append(
        [
          "set ylabel \(Gnuplot.label(panel.title))",
          panel.isLogarithmic ? "set logscale y" : "unset logscale y",
          number == 0 ? key : "unset key",
          "plot " + (parts.map(\.band) + parts.map(\.line)).joined(separator: ", "),
        ].joined(separator: "\n"))
    }
    guard !plots.isEmpty else { return nil }
    let layout =
      "set multiplot layout \((panels.count + 1) / 2),2 margins 0.09,0.98,\(panels.count > 2 ? 0.08 : 0.14),"
      + "\(panels.count > 2 ? 0.92 : 0.88) spacing 0.1,0.11"
    return Figure(
      id: "\(id)-\(Slug.of(place.label))", title: "\(title): \(place.label)", caption: caption,
      size: (900, height),
      commands: (data + [
        "set style fill transparent solid 0.15 noborder", "set grid lc rgb '#dddddd'",
        "set border 3", "set tics nomirror", "set xlabel 'epoch'", "set format y '%g'", layout,
      ] + plots + ["unset multiplot"]).joined(separator: "\n"))
  }

  /// Over both columns of panels.
  private static let key =
    "set key at screen 0.5, screen 0.99 center top horizontal maxrows 2 samplen 3"

  /// Epoch, mean, lower and upper end, over the seeds that came so far.
  private static func rows(
    _ contestant: PlaceComparison.Contestant, _ value: (EpochRecord) -> Double?
  ) -> [[Double?]] {
    let trials = contestant.trials.sorted { $0.key < $1.key }.map(\.value.epochs)
    let last = trials.map(\.count).max() ?? 0
    return (0..<last).compactMap { index in
      let values = trials.compactMap { index < $0.count ? value($0[index]) : nil }
      guard let statistics = SampleStatistics(values) else { return nil }
      let interval =
        statistics.interval()
        ?? Interval(
          lower: statistics.mean, upper: statistics.mean)
      return [Double(index + 1), statistics.mean, interval.lower, interval.upper]
    }
  }
}
