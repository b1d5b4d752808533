import Experiments

/// Test accuracy by β, beside the other activations, for studies with several β.
enum BetaFigure {
  static func figure(_ block: BlockComparison) -> Figure? {
    let own = block.cells.filter { $0.activation.name == "srelu" }
    let points = own.compactMap { cell -> (beta: Double, statistics: SampleStatistics)? in
      guard let beta = cell.activation.parameters["beta"],
        let statistics = cell.statistics(.accuracy)
      else { return nil }
      return (beta, statistics)
    }.sorted { $0.beta < $1.beta }
    guard Set(points.map(\.beta)).count > 2, points.allSatisfy({ $0.beta > 0 }) else { return nil }
    let rows = points.map { point -> [Double?] in
      let interval = point.statistics.interval()
      let mean = point.statistics.mean
      return [point.beta, mean, interval?.lower ?? mean, interval?.upper ?? mean]
    }
    let betas = points.map(\.beta)
    let (least, largest) = (betas.min() ?? 1, betas.max() ?? 1)
    let plots =
      [
        "$beta using 1:3:4 with filledcurves fc rgb '#D55E00' fs transparent solid 0.15 noborder "
          + "notitle",
        "$beta using 1:2 with linespoints pt 7 ps 0.6 lw 2 lc rgb '#D55E00' title 'SReLU'",
      ] + across(block)
    return Figure(
      id: "beta \(block.label)", title: "Test accuracy by β: \(block.label)",
      caption: (block.hasSpread ? "Means over the seeds with 95 % intervals" : "One seed")
        + "; lines across are the other activations.",
      size: (640, 380),
      commands: [
        Gnuplot.block("beta", rows), "set logscale x", "set border 3", "set tics nomirror",
        "set xrange [\(least / 1.1):\(largest * 1.1)]",
        betas.count > 8 ? "set xtics autofreq" : "set xtics (\(ticks(betas)))",
        "set grid lc rgb '#dddddd'", "set xlabel 'β'", "set ylabel 'test accuracy'",
        "set key outside right", "plot " + plots.joined(separator: ", "),
      ].joined(separator: "\n"))
  }

  /// Returns horizontal lines for the other activations.
  private static func across(_ block: BlockComparison) -> [String] {
    let styles = Palette.styles(of: block.cells.map(\.activation))
    return block.cells.filter { $0.activation.name != "srelu" }.compactMap { cell in
      guard let mean = cell.statistics(.accuracy)?.mean, let style = styles[cell.activation]
      else { return nil }
      return "\(Gnuplot.number(mean)) with lines lw 1.5 dt \(style.dash) lc rgb '\(style.colour)' "
        + "title \(Gnuplot.label(cell.activation.shortDisplayLabel))"
    }
  }

  private static func ticks(_ betas: [Double]) -> String {
    betas.map { "'\(NumberText.setting($0))' \($0)" }.joined(separator: ", ")
  }
}
