import Experiments
import Support

/// The progress of a running study as text to write: a screen that is redrawn in place, or a log.
///
/// Pure: it remembers what it has shown and returns what to write next; it neither prints nor reads
/// a clock. The sender of `.progress` events decides how often a screen changes.
package struct ProgressDisplay: Sendable {
  package enum Medium: Hashable, Sendable {
    /// A terminal: a line per running trial and one for the whole, redrawn in place below the
    /// scrolling lines of ended trials.
    case terminal(TerminalSize)
    /// A pipe or a file: a line per finished epoch and ended trial, without control characters.
    case log
  }

  private var medium: Medium
  /// The study's trials by their ids, which events carry; events of other trials aren't shown.
  private var trials: [String: Trial] = [:]
  private var names = TrialNames()
  private var running: [Running] = []
  private var counts: StudyCounts?
  /// Lines of the block on the screen; the cursor is at the end of the last.
  private var drawnLines = 0
  /// Whether the terminal's width has changed since the last redraw, so lines may have moved.
  private var isMisplaced = false
  /// The latest permanent lines, for redrawing the whole screen.
  private var lastingLines: [String] = []
  /// Why trials were skipped or failed, by first appearance: each reason is shown once.
  private var causes: [Cause] = []
  /// Reasons shown in full: a screen may have lacked room for one.
  package private(set) var reasonsSaid: Set<String> = []

  private struct Cause {
    let reason: String
    /// The first trial that was skipped or failed for this reason, and showed it.
    let first: Trial
    /// Trials skipped since and not reported yet.
    var moreSkipped = 0
  }

  /// The share of a trial's steps that are done, and the epoch, loss and accuracy in words.
  private typealias Progress = (share: Double, words: [String])

  private struct Running {
    let id: String
    let trial: Trial
    var progress: Progress?
  }

  package init(_ medium: Medium) { self.medium = medium }

  /// Takes a trial that events can be about; the names of all tell what distinguishes them.
  package mutating func introduce(_ trial: Trial, id: String) {
    if trials.updateValue(trial, forKey: id) == nil { names.insert(Block(trial)) }
  }

  /// Returns what distinguishes a trial, without control characters.
  private func name(of trial: Trial) -> String { names.label(of: trial).onOneLine }

  private func reference(to cause: Cause) -> String {
    "for the same reason as \(name(of: cause.first))"
  }

  /// Adopts the terminal's new size; a log has none. After a new width, the next text rewrites the
  /// whole screen: terminals differ in how they wrap and cut what is there.
  package mutating func resize(to size: TerminalSize) {
    guard case .terminal(let before) = medium, size != before else { return }
    if size.columns != before.columns { isMisplaced = true }
    medium = .terminal(size)
  }

  /// Takes an event and the study's counts after it; returns the text to write now, possibly empty.
  package mutating func update(_ event: StudyEvent, _ counts: StudyCounts) -> String {
    // Before the folder is open, the counts are unknown.
    if case .waitingForFolder(let notice) = event { return note(notice) }
    self.counts = counts
    return write(take(event))
  }

  /// Returns a permanent line, such as a warning, above the moving lines of a screen.
  package mutating func note(_ text: String) -> String {
    write(skippedLines() + [text.onOneLine])
  }

  /// Removes the moving lines, so that the next output starts on a clean line.
  package mutating func close() -> String {
    let lines = skippedLines()
    running = []
    counts = nil
    return write(lines)
  }

  /// Returns the text of these permanent lines; on a screen the block is redrawn below them.
  private mutating func write(_ lines: [String]) -> String {
    switch medium {
    case .log: lines.map { $0 + "\n" }.joined()
    case .terminal(let size): redraw(above: lines, size)
    }
  }

  /// Takes one event; returns its permanent lines.
  private mutating func take(_ event: StudyEvent) -> [String] {
    switch event {
    case .started(let id, _, _): return enter(id, nil)
    case .progress(let id, let now):
      guard let trial = trials[id] else { return [] }
      let words = ProgressText.progress(
        trial, epoch: now.epoch, loss: now.loss, accuracy: now.accuracy,
        rate: now.samplesPerSecond)
      return enter(id, (now.fraction, words))
    case .epoch(let id, let record):
      guard let trial = trials[id] else { return [] }
      let words = ProgressText.progress(
        trial, epoch: record.epoch, loss: record.testLoss, accuracy: record.testAccuracy)
      let lines = enter(id, (Double(record.epoch) / Double(trial.training.epochs), words))
      guard medium == .log else { return lines }
      return lines + ["\(name(of: trial)): \(words.joined(separator: " "))"]
    case .ended(let summary): return ended(summary)
    case .interrupted(let id):
      running.removeAll { $0.id == id }
      guard let trial = trials[id] else { return [] }
      return skippedLines() + [
        withCounts(name(of: trial) + " interrupted: the next run resumes it")
      ]
    case .resumed(let id, let step, _): return remark("resumes after step \(step)", about: id)
    case .note(let id, let text): return remark(text, about: id)
    case .opened, .environment, .proposed, .retried, .waitingForFolder, .stopping, .closed:
      return []
    }
  }

  private mutating func remark(_ text: String, about id: String?) -> [String] {
    let trial = id.flatMap { trials[$0] }
    return skippedLines() + [(trial.map { name(of: $0) + ": " } ?? "") + text.onOneLine]
  }

  /// Returns a line for each reason with more skipped trials than the one that showed it.
  private mutating func skippedLines() -> [String] {
    let lines = causes.filter { $0.moreSkipped > 0 }.map { cause in
      let count = cause.moreSkipped
      return "\(count) more \(count == 1 ? "trial" : "trials") skipped \(reference(to: cause))"
    }
    for index in causes.indices { causes[index].moreSkipped = 0 }
    return lines
  }

  private mutating func ended(_ summary: TrialSummary) -> [String] {
    running.removeAll { $0.id == summary.id }
    guard let trial = trials[summary.id] else { return [] }
    let isTold = [.failed, .skipped].contains(summary.status)
    let reason = isTold ? summary.reason ?? "" : nil
    let index = causes.firstIndex { $0.reason == reason }
    if summary.status == .skipped, let index {
      causes[index].moreSkipped += 1
      return []
    }
    let earlier = summary.status == .skipped ? [] : skippedLines()
    // A retried trial that fails again is no reference for itself.
    let reference = index.flatMap {
      causes[$0].first == trial ? nil : self.reference(to: causes[$0])
    }
    let line = name(of: trial) + " " + ProgressText.ending(summary, reference: reference)
    if let reason, reference == nil {
      if index == nil { causes.append(Cause(reason: reason, first: trial)) }
      if hasRoom(for: line) { reasonsSaid.insert(reason) }
    }
    return earlier + [withCounts(line)]
  }

  /// Adds the counts to the line of an ended trial; a screen has them in its last line.
  private func withCounts(_ line: String) -> String {
    guard medium == .log, let counts else { return line }
    return "\(line) (\(ProgressText.study(counts)))"
  }

  /// Whether the whole line fits.
  private func hasRoom(for line: String) -> Bool {
    switch medium {
    case .log: true
    case .terminal(let size): line.columns <= size.columns - 1
    }
  }

  /// Records that a trial is running, and its progress where known.
  private mutating func enter(_ id: String, _ progress: Progress?) -> [String] {
    guard let trial = trials[id] else { return [] }
    if let index = running.firstIndex(where: { $0.id == id }) {
      if let progress { running[index].progress = progress }
    } else {
      running.append(Running(id: id, trial: trial, progress: progress))
    }
    return skippedLines()
  }
}

extension ProgressDisplay {
  private static let barWidth = 10
  /// More than a screen has.
  private static let mostLastingLines = 200

  /// Moves to the block's first line and redraws it below the permanent lines.
  private mutating func redraw(above lasting: [String], _ size: TerminalSize) -> String {
    // One column stays free: terminals disagree on where the cursor is after a full line.
    let width = size.columns - 1
    let block = blockLines(size).map { $0.truncated(to: width) }
    var text = "\r"
    if drawnLines > 1 { text += "\u{1B}[\(drawnLines - 1)A" }
    var lines = lasting
    if isMisplaced {
      text = "\u{1B}[H\u{1B}[J"
      lines = lastingLines.suffix(max(0, size.rows - block.count - lasting.count)) + lasting
      isMisplaced = false
    }
    lastingLines = (lastingLines + lasting).suffix(Self.mostLastingLines)
    let eraseToEndOfLine = "\u{1B}[K"
    for line in lines { text += line.truncated(to: width) + eraseToEndOfLine + "\n" }
    text += block.map { $0 + eraseToEndOfLine }.joined(separator: "\n")
    // Erases the rest of a longer block: from the cursor to the end of the screen.
    text += "\u{1B}[J"
    drawnLines = block.count
    return text
  }

  /// Returns the lines of the block, at most as many as the screen has.
  private func blockLines(_ size: TerminalSize) -> [String] {
    let whole = counts.map { [ProgressText.study($0)] } ?? []
    let room = size.rows - whole.count
    guard running.count > room else { return trialLines(running, size) + whole }
    let shown = max(0, room - 1)
    let more = room > 0 ? ["… and \(running.count - shown) more running"] : []
    return trialLines(Array(running.prefix(shown)), size) + more + whole
  }

  /// Returns a line per trial with aligned parts, and bars only where all lines have room.
  private func trialLines(_ trials: [Running], _ size: TerminalSize) -> [String] {
    let all = trials.map { self.names.parts(of: $0.trial).map(\.onOneLine) }
    // Without the parts that are empty in all of them.
    let shown = (all.first ?? []).indices.filter { part in all.contains { !$0[part].isEmpty } }
    let names = all.map { parts in shown.map { parts[$0] } }
    let widths = shown.indices.map { part in names.map { $0[part].columns }.max() ?? 0 }
    let lines = zip(trials, names).map { trial, name -> (start: String, bar: String, end: String) in
      let start = zip(name, widths).map { $0.padded(to: $1) }.joined(separator: "  ")
      guard let progress = trial.progress else { return (start, "", "starting") }
      let bar = ProgressText.bar(progress.share, width: Self.barWidth)
      return (start, bar, progress.words.joined(separator: "  "))
    }
    let full = lines.map { line in
      line.start + "  " + line.bar.padded(to: Self.barWidth) + "  " + line.end
    }
    if full.allSatisfy({ $0.columns < size.columns }) { return full }
    return lines.map { $0.start + "  " + $0.end }
  }
}
