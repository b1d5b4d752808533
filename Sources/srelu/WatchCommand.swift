import ArgumentParser
import Datasets
import Foundation
import Reports
import Storage

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
    let search = DatasetSearch(
      dataDirectory: nil, environment: ProcessInfo.processInfo.environment, repository: nil)
    let view = try reader.view { try? $0.shape(search: search) }
    last = (stamp, view, Date())
    return view
  }
}
