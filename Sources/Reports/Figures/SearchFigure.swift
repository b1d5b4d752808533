import Experiments

/// The best value so far over the trials of a search, in the order in which they ended.
enum SearchFigure {
  static func figure(_ results: StudyResults) -> Figure? {
    let trials = results.trials.filter { !$0.epochs.isEmpty }
    guard trials.count > 2 else { return nil }
    var best = Double.infinity
    var rows: [[Double?]] = []
    for (index, trial) in trials.enumerated() {
      guard let loss = trial.epochs.last?.testLoss else { continue }
      best = min(best, loss)
      rows.append([
        Double(index + 1), loss, best, trial.summary.status == .finished ? loss : nil,
      ])
    }
    return Figure(
      id: "search", title: "Progress of the search",
      caption: "Test loss after the last epoch of each trial, filled where it was trained to its "
        + "end, and the smallest so far.",
      commands: [
        Gnuplot.block("trials", rows), "set border 3", "set tics nomirror", "set logscale y",
        "set format y '%g'", "set grid lc rgb '#dddddd'", "set xlabel 'trial'",
        "set ylabel 'test loss'",
        "plot $trials using 1:2 with points pt 6 ps 0.7 lc rgb '#0072B2' title 'stopped', "
          + "$trials using 1:4 with points pt 7 ps 0.7 lc rgb '#0072B2' title 'finished', "
          + "$trials using 1:3 with steps lw 2 lc rgb '#D55E00' title 'best so far'",
      ].joined(separator: "\n"))
  }
}
