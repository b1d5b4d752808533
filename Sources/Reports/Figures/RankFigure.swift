import Experiments

/// Mean ranks on a line, with bars that join activations whose ranks don't differ (Demšar 2006).
enum RankFigure {
  static func figure(_ ranking: StudyAnalysis.Ranking) -> Figure {
    let test = ranking.test
    let order = ranking.activations.indices.sorted { test.meanRanks[$0] < test.meanRanks[$1] }
    let styles = Palette.styles(of: ranking.activations)
    let count = ranking.activations.count
    let half = (count + 1) / 2
    let bars = bars(order.map { test.meanRanks[$0] }, test.criticalDifference)
    let first = 0.45 + 0.13 * Double(bars.count)
    let bottom = -first - 0.5 * Double(half)
    var commands = [
      "set border 0", "unset ytics", "unset xtics", "unset key", "set xrange [\(count).3:0.7]",
      "set yrange [\(bottom):\(top)]", "set lmargin screen 0.24", "set rmargin screen 0.76",
      "set tmargin 0.2", "set bmargin 0.2", "set arrow from \(count),0 to 1,0 nohead lw 1.5",
      "set label 'mean rank' at \(Double(count) + 0.45),0.3 right",
    ]
    for rank in 1...count {
      commands += [
        "set arrow from \(rank),0 to \(rank),0.12 nohead lw 1.5",
        "set label '\(rank)' at \(rank),0.35 center",
      ]
    }
    let names = order.map { ranking.activations[$0] }
    commands += lines(
      zip(names, order.map { test.meanRanks[$0] }).map {
        ($0, $1, styles[$0]?.colour ?? "#000000")
      }, first: first)
    commands += bars + criticalDifference(test.criticalDifference, count: count)
    return Figure(
      id: "critical-difference", title: "Mean ranks over \(test.blocks) blocks",
      caption: "1 is best. Activations joined by a bar don't differ at 0.05 (Nemenyi)"
        + (test.isLargeEnough ? "." : "; with so few blocks that test has little power."),
      size: (760, Int(44 * (top - bottom)) + 10),
      commands: (commands + ["plot NaN notitle"]).joined(separator: "\n"))
  }

  /// Returns a line from each rank to its activation's name.
  /// - Parameters:
  ///   - entries: activations with their mean ranks and colours, best first.
  ///   - first: distance of the first name below the axis.
  private static func lines(
    _ entries: [(activation: ActivationSpec, rank: Double, colour: String)], first: Double
  ) -> [String] {
    let count = entries.count
    return entries.enumerated().flatMap { place, entry in
      // The names stand beside the axis, so that lines don't cross them.
      let isRight = place < (count + 1) / 2
      let depth = -first - 0.5 * Double(isRight ? place : count - 1 - place)
      let end = isRight ? 0.75 : Double(count) + 0.25
      let name = entry.activation.shortDisplayLabel.truncated(to: 22)
      let label = Gnuplot.label("\(name) \(NumberText.fixed(entry.rank, digits: 2))")
      let colour = "nohead lw 2 lc rgb '\(entry.colour)'"
      return [
        "set arrow from \(entry.rank),0 to \(entry.rank),\(depth) \(colour)",
        "set arrow from \(entry.rank),\(depth) to \(end),\(depth) \(colour)",
        "set label \(label) at \(isRight ? end - 0.1 : end + 0.1),\(depth) "
          + "\(isRight ? "left" : "right") tc rgb '#222222'",
      ]
    }
  }

  /// The axis is at 0; numbers and the critical difference are above it.
  private static let top = 1.4

  /// Returns the critical difference as a bar above the axis, where it is long enough.
  private static func criticalDifference(_ difference: Double, count: Int) -> [String] {
    let text = "critical difference \(NumberText.fixed(difference, digits: 2))"
    guard 1 + difference <= Double(count) else {
      return ["set label '\(text), longer than the axis' at \(Double(count + 1) / 2),1.0 center"]
    }
    let end = 1 + difference
    return [
      "set arrow from 1,0.8 to \(end),0.8 heads size screen 0.008,90 lw 2",
      "set label '\(text)' at \(1 + difference / 2),1.1 center",
    ]
  }

  /// Returns a bar for each longest run of ranks within the critical difference.
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
