import Experiments
import Foundation
import Models
import Storage
import Support

/// A study's current state on a screen: trials, progress, losses, time left.
package struct WatchView: Sendable {
  /// A running or ended trial.
  package struct Row: Sendable {
    let label: String
    package let state: TrialState
    package let epochs: [EpochRecord]
    /// Epochs requested.
    let wanted: Int
    /// Why it failed, or was stopped or skipped; nil where another row shows the same.
    var reason: String?
  }

  let name: String
  /// Every started trial, in the journal's order.
  package let rows: [Row]
  /// Number of trials in the study.
  package let total: Int
  /// Whether a coordinator is running.
  package let isOpen: Bool
  /// Share of the study's work done, in [0, 1].
  package let share: Double
  /// Seconds of the current run; nil where there is none.
  package var elapsed: Double?
  /// Seconds predicted for the run.
  let predicted: Double?
  /// Seconds left at the current speed.
  let left: Double

  /// Returns the view after `seconds` without any event.
  package func later(by seconds: Double) -> WatchView {
    var view = self
    view.elapsed = elapsed.map { $0 + seconds }
    return view
  }

  /// Returns the screen's lines: running trials, then the latest ended ones, as many as fit.
  package func lines(_ size: TerminalSize) -> [String] {
    let running = rows.filter { $0.state == .running }
    let ended = rows.filter { $0.state != .running }.reversed()
    let room = max(0, size.rows - 4)
    let shown = (running + ended).prefix(room)
    let width = min(shown.map(\.label.columns).max() ?? 0, max(20, size.columns / 2))
    // Each reason for skipped or failed trials is shown once.
    var said: Set<String> = []
    let rows = shown.map { row in
      var row = row
      if [.skipped, .failed].contains(row.state), let reason = row.reason,
        !said.insert(reason).inserted
      {
        row.reason = nil
      }
      return line(row, labelWidth: width)
    }
    return ([head, bar(size.columns), ""] + rows)
      .map { $0.truncated(to: size.columns) }
  }

  private var head: String {
    var counts = StudyCounts(rows.map(\.state))
    counts.waiting += total - rows.count
    let phrases = counts.phrases([.finished, .running, .failed, .stopped, .skipped, .waiting])
    return "\(name.onOneLine): \(phrases.joined(separator: ", "))"
      + (isOpen ? "" : " — not running now")
  }

  private func bar(_ columns: Int) -> String {
    var text = NumberText.fixed(share * 100, digits: 0) + " %"
    if isOpen, let elapsed {
      text += " after \(NumberText.duration(elapsed))"
      text += ", about \(NumberText.duration(left)) left"
      if let predicted { text += " (predicted \(NumberText.duration(predicted)))" }
    }
    let room = max(10, min(40, columns - text.columns - 3))
    let filled = Int((Double(room) * (share.isFinite ? min(max(share, 0), 1) : 0)).rounded())
    return String(repeating: "█", count: filled) + String(repeating: "░", count: room - filled)
      + " " + text
  }

  private func line(_ row: Row, labelWidth: Int) -> String {
    let label = row.label.onOneLine.truncated(to: labelWidth).padded(to: labelWidth)
    var text = "\(row.state.word.padded(to: 8)) \(label)"
    if let last = row.epochs.last {
      text +=
        " \(String(last.epoch).padded(to: 3, atEnd: false))/\(row.wanted) "
        + Sparkline.text(row.epochs.map(\.testLoss), columns: 16).padded(to: 16)
        + " loss \(NumberText.fixed(last.testLoss, digits: 4)) accuracy "
        + NumberText.fixed(last.testAccuracy, digits: 4)
    }
    return text + (row.reason.map { " " + $0.onOneLine } ?? "")
  }
}

extension StudyReader {
  /// - Parameter shape: a data set's shape; nil where its data can't be read, so that its trials have no
  ///   share of the work.
  package func view(shape: (DatasetSpec) -> DatasetShape?) throws -> WatchView {
    let now = try snapshot()
    let (study, state, isOpen) = (now.study, now.state, now.isOpen)
    let all = study.trials
    let trials = Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { a, _ in a })
    let names = TrialNames(all.lazy.map { Block($0) })
    let events = now.records.map(\.event)
    let started = events.compactMap { if case .started(let id, _, _) = $0 { id } else { nil } }
    let order = (started + state.endings.keys.sorted()).grouped { $0 }.map(\.key)
    let rows = order.compactMap { id -> WatchView.Row? in
      guard let trial = trials[id] else { return nil }
      let standing = state.state(of: id, isOpen: isOpen, halves: study.stopsEarly)
      guard standing != .waiting else { return nil }
      return WatchView.Row(
        label: names.label(of: trial), state: standing, epochs: state.epochs[id] ?? [],
        wanted: trial.training.epochs, reason: state.endings[id]?.reason)
    }
    let work = work(study, all, state, shape)
    var groups = 1
    for case .opened(_, _, _, let count, _, _) in events { groups = max(1, count) }
    return WatchView(
      name: study.name, rows: rows, total: trials.count + study.trialsToCome, isOpen: isOpen,
      share: work.all > 0 ? work.done / work.all : 0,
      elapsed: isOpen ? elapsed(now.records) : nil, predicted: state.predicted,
      left: (work.all - work.done) / Double(groups))
  }

  /// Seconds of a single rank's work, done and in all, from the cost model and the times of finished
  /// trials.
  private func work(
    _ study: StudyConfig, _ trials: [Trial], _ state: JournalState,
    _ shape: (DatasetSpec) -> DatasetShape?
  ) -> (done: Double, all: Double) {
    guard let costs = try? StudyCosts(trials + study.standIns, shape: shape) else { return (0, 0) }
    let pace = PaceModel(ScalingModel(), trials, costs, earlier: state)
    var done = 0.0
    var all = study.standIns.reduce(0) { seconds, trial in
      let cost = costs[trial].map { pace.seconds(trial, $0, ranks: 1) } ?? 0
      return seconds + Double(study.configurationsToCome) * cost
    }
    for trial in trials {
      let id = trial.id
      guard let cost = costs[trial, id: id] else { continue }
      let seconds = pace.seconds(trial, cost, ranks: 1)
      let epochs = Double(state.epochs[id]?.count ?? 0)
      let hasEnded = state.endings[id] != nil && state.running[id] == nil
      all += seconds
      done += seconds * (hasEnded ? 1 : epochs / Double(trial.training.epochs))
    }
    return (done, all)
  }

  /// Seconds since the last run began.
  private func elapsed(_ records: [JournalRecord]) -> Double? {
    let opened = records.last { if case .opened = $0.event { true } else { false } }
    return opened.flatMap { try? StudyClock.timestampStyle.parse($0.time) }
      .map { Date().timeIntervalSince($0) }
  }
}
