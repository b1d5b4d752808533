import Experiments

/// A value per activation, with a dot for every seed, and where there are several the mean and its 95 %
/// interval.
enum DotFigure {
  static func accuracy(_ places: [PlaceComparison]) -> [Figure] {
    places.compactMap { place in
      figure(
        place, .accuracy, id: "accuracy", title: "Test accuracy",
        caption: place.hasSpread
          ? "Every seed's dot, the mean and its 95 % interval." : "One seed.")
    }
  }

  static func gap(_ places: [PlaceComparison]) -> [Figure] {
    places.compactMap { place in
      figure(
        place, .generalisationGap, id: "gap", title: "Generalisation gap",
        caption: "Train minus test accuracy, both without dropout: "
          + (place.hasSpread ? "every seed's dot, the mean and its 95 % interval." : "one seed."))
    }
  }

  private static func figure(
    _ place: PlaceComparison, _ measure: Measure, id: String, title: String, caption: String
  ) -> Figure? {
    let styles = Palette.styles(of: place.contestants.map(\.activation))
    var data: [String] = []
    var plots: [String] = []
    var ticks: [String] = []
    for (index, contestant) in place.contestants.enumerated() {
      let values = place.values(measure, of: contestant)
      guard let statistics = SampleStatistics(values), let style = styles[contestant.activation]
      else { continue }
      let x = Double(index + 1)
      ticks.append("\(Gnuplot.tick(contestant.activation.shortDisplayLabel)) \(index + 1)")
      data.append(
        Gnuplot.block(
          "dots\(index)",
          values.enumerated().map { number, value in
            [x + offset(number, of: values.count), value]
          }))
      plots.append(
        "$dots\(index) using 1:2 with points pt \(style.point) ps \(values.count == 1 ? 1 : 0.5) lc rgb '\(style.colour)' "
          + "notitle")
      guard let interval = statistics.interval() else { continue }
      data.append(
        Gnuplot.block(
          "mean\(index)",
          [
            [
              x, statistics.mean, interval.lower, interval.upper,
            ]
          ]))
      plots.append(
        "$mean\(index) using ($1+0.3):2:3:4 with yerrorbars pt 7 ps 0.8 lw 2 lc rgb "
          + "'\(style.colour)' notitle")
    }
    guard !plots.isEmpty else { return nil }
    return Figure(
      id: "\(id) \(place.label)", title: "\(title): \(place.label)", caption: caption,
      size: (max(520, 90 * place.contestants.count), 340),
      commands: (data + [
        "set border 3", "set tics nomirror", "set grid ytics lc rgb '#dddddd'",
        "set xrange [0.4:\(place.contestants.count).8]",
        "set xtics (\(ticks.joined(separator: ", ")))"
          + (place.contestants.count > 8 ? " rotate by -30" : ""),
        "set ylabel \(Gnuplot.label(measure.title))", "set offsets 0, 0, graph 0.05, graph 0.05",
        "plot " + plots.joined(separator: ", "),
      ]).joined(separator: "\n"))
  }

  /// Seeds side by side, so that equal values are seen.
  private static func offset(_ index: Int, of count: Int) -> Double {
    count < 2 ? 0 : (Double(index) / Double(count - 1) - 0.5) * 0.3
  }
}
