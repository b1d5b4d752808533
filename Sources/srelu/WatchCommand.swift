import ArgumentParser
import Coordinator
import Datasets
import Experiments
import Foundation
import Reports
import Storage
import Support

struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Shows a running study live, from its folder, on any host that can read it.",
    discussion: "Ends with the study, or with Ctrl-C, which leaves the study running.")

  @Argument(help: ArgumentHelp("The study's folder, such as runs/paper.", valueName: "run"))
  var folder: String

  @Flag(help: "Print the view once and exit.")
  var once = false

  @Option(help: "Seconds between reads of the folder.")
  var interval = 1.0

  func validate() throws {
    guard interval >= 0.1, interval <= 3600 else {
      throw ValidationError("--interval \(interval): 0.1 to 3600 seconds.")
    }
  }

  func run() throws {
    // On a host that trains, the ranks need the processor more.
    _ = nice(10)
    var poller = StudyPoller(StudyReader(folder: folder))
    let isScreen = Terminal.isThere && !once
    while true {
      let view = try poller.view()
      let size = isScreen ? Terminal.size : TerminalSize(columns: Terminal.columns, rows: 10_000)
      let lines = view.lines(size)
      if isScreen {
        // Cursor home; clear the rest of each line, then everything below. The view's own text has no
        // control characters.
        let text = lines.map { $0 + "\u{1B}[K\n" }.joined()
        try Output.draw("\u{1B}[H\(text)\u{1B}[J")
      } else {
        try Output.line(lines.joined(separator: "\n"))
      }
      if once || !isScreen || !view.isOpen { return }
      Thread.sleep(forTimeInterval: interval)
    }
  }
}

/// Polls a study, and reads its journal only after a change.
private struct StudyPoller {
  private let reader: StudyReader
  private var last: (stamp: JournalStamp, view: WatchView, time: Date)?

  init(_ reader: StudyReader) { self.reader = reader }

  mutating func view() throws -> WatchView {
    // Taken before the journal is read: lines written meanwhile change it.
    let stamp = JournalStamp(folder: reader.folder)
    if let last, last.stamp == stamp {
      return last.view.later(by: Date().timeIntervalSince(last.time))
    }
    let view = try reader.view()
    last = (stamp, view, Date())
    return view
  }
}

extension StudyReader {
  package func view() throws -> WatchView {
    let now = try snapshot()
    let (study, records, state, isOpen) = (now.study, now.records, now.state, now.isOpen)
    let all = study.trials
    let trials = Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { a, _ in a })
    var order: [String] = []
    var seen: Set<String> = []
    for case .started(let id, _, _) in records.map(\.event) where seen.insert(id).inserted {
      order.append(id)
    }
    order += state.endings.keys.filter { !seen.contains($0) }.sorted()
    let halves = study.stopsEarly
    let rows = order.compactMap { id -> WatchView.Row? in
      guard let trial = trials[id] else { return nil }
      let standing = state.state(of: id, isOpen: isOpen, halves: halves)
      guard standing != .waiting else { return nil }
      return WatchView.Row(
        label: trial.label, state: standing, epochs: state.epochs[id] ?? [],
        wanted: trial.training.epochs, reason: state.endings[id]?.reason)
    }
    let work = work(study, all, state)
    var groups = 1
    for case .opened(_, _, _, let count, _, _) in records.map(\.event) { groups = max(1, count) }
    return WatchView(
      name: study.name, rows: rows, total: trials.count + study.trialsToCome, isOpen: isOpen,
      share: work.all > 0 ? work.done / work.all : 0,
      elapsed: isOpen ? elapsed(records) : nil, predicted: state.predicted,
      left: (work.all - work.done) / Double(groups))
  }

  /// Seconds of a single rank's work, done and in all, from the cost model and the times of finished
  /// trials.
  private func work(
    _ study: StudyConfig, _ trials: [Trial], _ state: JournalState
  ) -> (done: Double, all: Double) {
    let search = DatasetSearch(
      dataDirectory: nil, environment: ProcessInfo.processInfo.environment, repository: nil)
    // Data that can't be read any more have no share.
    guard
      let costs = try? StudyCosts(trials + study.standIns, shape: { try? $0.shape(search: search) })
    else {
      return (0, 0)
    }
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
