import Experiments

/// Mean ranks on a line, with bars that join activations whose ranks don't differ (Demšar 2006).
enum RankFigure {
  static func figure(_ ranking: StudyAnalysis.Ranking) -> Figure {
    let test = ranking.test
    let order = ranking.activations.indices.sorted { test.meanRanks[$0] < test.meanRanks[$1] }
    let styles = Palette.styles(of: ranking.activations)
    let count = ranking.activations.count
    var commands = [
      "set border 0", "unset ytics", "unset key", "set xrange [\(count).3:0.7]",
      "set yrange [\(-Double(count) / 2 - 1.4):1.2]", "set xtics 1,1,\(count) axis scale 0.5",
      "set xzeroaxis lt -1", "set xlabel 'mean rank (1 is best)'", "set x2label ''",
    ]
    let half = (count + 1) / 2
    for (place, index) in order.enumerated() {
      let rank = test.meanRanks[index]
      let isRight = place < half
      let depth = -0.8 - 0.5 * Double(isRight ? place : count - 1 - place)
      let end = isRight ? 0.8 : Double(count) + 0.2
      let colour = styles[ranking.activations[index]]?.colour ?? "#000000"
      let label = Gnuplot.label(
        ranking.activations[index].shortDisplayLabel + " " + NumberText.fixed(rank, digits: 2))
      commands += [
        "set arrow from \(rank),0 to \(rank),\(depth) nohead lw 2 lc rgb '\(colour)'",
        "set arrow from \(rank),\(depth) to \(end),\(depth) nohead lw 2 lc rgb '\(colour)'",
        "set label \(label) at \(end),\(depth + 0.2) \(isRight ? "right" : "left") tc rgb "
          + "'#222222'",
      ]
    }
    commands += bars(order.map { test.meanRanks[$0] }, test.criticalDifference)
    let difference = test.criticalDifference
    commands += [
      "set arrow from 1,0.9 to \(1 + difference),0.9 heads size 0.05,90 lw 2",
      "set label 'critical difference \(NumberText.fixed(difference, digits: 2))' at 1,1.15 right",
      "plot NaN notitle",
    ]
    return Figure(
      id: "critical-difference", title: "Mean ranks over \(test.blocks) places",
      caption: "Activations joined by a bar don't differ at 0.05 (Nemenyi)"
        + (test.isLargeEnough ? "." : "; with so few places that test has little power."),
      size: (720, 130 + 36 * count / 2 + 40), commands: commands.joined(separator: "\n"))
  }

  /// One bar for each longest run of ranks within the critical difference.
  private static func bars(_ ranks: [Double], _ difference: Double) -> [String] {
    var bars: [String] = []
    var reached = -1
    for first in ranks.indices {
      let last = ranks.lastIndex { $0 - ranks[first] <= difference } ?? first
      guard last > first, last > reached else { continue }
      reached = last
      let height = -0.15 - 0.13 * Double(bars.count)
      bars.append(
        "set arrow from \(ranks[first] - 0.04),\(height) to \(ranks[last] + 0.04),\(height) nohead "
          + "lw 5 lc rgb '#444444'")
    }
    return bars
  }
}
