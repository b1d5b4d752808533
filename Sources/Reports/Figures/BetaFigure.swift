import Experiments

/// Test accuracy by β, beside the other activations: for studies with several β.
enum BetaFigure {
  static func figure(_ place: PlaceComparison) -> Figure? {
    let own = place.contestants.filter { $0.activation.name == "srelu" }
    let points = own.compactMap { contestant -> (beta: Double, statistics: SampleStatistics)? in
      guard let beta = contestant.activation.parameters["beta"],
        let statistics = SampleStatistics(place.values(.accuracy, of: contestant))
      else { return nil }
      return (beta, statistics)
    }.sorted { $0.beta < $1.beta }
    guard Set(points.map(\.beta)).count > 2, points.allSatisfy({ $0.beta > 0 }) else { return nil }
    let rows = points.map { point -> [Double?] in
      let interval = point.statistics.interval()
      let mean = point.statistics.mean
      return [point.beta, mean, interval?.lower ?? mean, interval?.upper ?? mean]
    }
    let baselines = place.contestants.filter { $0.activation.name != "srelu" }
    let styles = Palette.styles(of: place.contestants.map(\.activation))
    let lines = baselines.compactMap { contestant -> String? in
      guard let mean = SampleStatistics(place.values(.accuracy, of: contestant))?.mean,
        let style = styles[contestant.activation]
      else { return nil }
      return "\(Gnuplot.number(mean)) with lines lw 1.5 dt \(style.dash) lc rgb '\(style.colour)' "
        + "title \(Gnuplot.label(contestant.activation.shortDisplayLabel))"
    }
    let plots =
      [
        "$beta using 1:3:4 with filledcurves fc rgb '#D55E00' fs transparent solid 0.15 noborder "
          + "notitle",
        "$beta using 1:2 with linespoints pt 7 ps 0.6 lw 2 lc rgb '#D55E00' title 'SReLU'",
      ] + lines
    return Figure(
      id: "beta \(place.label)", title: "Test accuracy by β: \(place.label)",
      caption: "Means over the seeds with 95 % intervals; lines across are the other activations.",
      size: (640, 380),
      commands: [
        Gnuplot.block("beta", rows), "set logscale x", "set border 3", "set tics nomirror",
        "set grid lc rgb '#dddddd'", "set xlabel 'β'", "set ylabel 'test accuracy'",
        "set key outside right", "plot " + plots.joined(separator: ", "),
      ].joined(separator: "\n"))
  }
}
