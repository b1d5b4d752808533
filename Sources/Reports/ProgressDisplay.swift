import Experiments
import Support

/// The progress of a running study as text to write: a screen that is redrawn in place, or a log.
///
/// Pure: it holds what it has shown and returns what to write next; nothing is printed and no clock
/// is read. Whoever sends `.step` events decides how often a screen moves.
public struct ProgressDisplay: Sendable {
  /// Where the text goes.
  public enum Medium: Hashable, Sendable {
    /// A terminal: a line for each running trial and one for the whole, redrawn in place; what has
    /// ended scrolls above them.
    case terminal(TerminalSize)
    /// A pipe or a file: a line for each finished epoch and each trial that ended, without control
    /// characters.
    case log
  }

  private var medium: Medium
  private var running: [Running] = []
  private var study: StudyProgress?
  /// Lines of the block on the screen; the cursor is at the end of the last.
  private var drawnLines = 0
  /// Whether the terminal has become wider or narrower since: what stands there may be anywhere.
  private var isMisplaced = false
  /// The last lines that stay, for a screen that has to be written anew.
  private var lastingLines: [String] = []
  /// Why trials were skipped or failed, in the order in which each reason first came up: it is said
  /// once.
  private var causes: [Cause] = []
  /// Reasons that were told in full: a screen may have had no room for all of one.
  public private(set) var reasonsSaid: Set<String> = []

  private struct Cause {
    let reason: String
    /// The first trial that was skipped or failed for it, which said so.
    let first: TrialName
    /// Trials skipped since, of which nothing was said yet.
    var moreSkipped = 0

    var reference: String { "for the same reason as \(first.line)" }
  }

  private struct Running {
    let name: TrialName
    var progress: EpochProgress?
  }

  /// A display that has shown nothing yet.
  public init(_ medium: Medium) { self.medium = medium }

  /// The terminal has another size from now on; a log has none. Where its width is another, the next text
  /// writes the whole screen anew: terminals wrap and cut what stands there, each in its own way.
  public mutating func resize(to size: TerminalSize) {
    guard case .terminal(let before) = medium, size != before else { return }
    if size.columns != before.columns { isMisplaced = true }
    medium = .terminal(size)
  }

  /// Takes in what happened and returns the text to write now, possibly empty.
  public mutating func update(_ event: ProgressEvent) -> String { update([event]) }

  /// Takes in what happened, in this order, and returns the text to write now, possibly empty. A
  /// screen is redrawn once for all of it. The counts that a log's line about an ended trial carries
  /// are the last ones, so send them before it or along with it.
  public mutating func update(_ events: [ProgressEvent]) -> String {
    for case .study(let counts) in events { study = counts }
    var lasting: [String] = []
    for event in events { lasting += take(event) }
    switch medium {
    case .log: return lasting.map { $0 + "\n" }.joined()
    case .terminal(let size): return redraw(above: lasting, size)
    }
  }

  /// A line that stays, such as a warning: above the moving lines of a screen.
  public mutating func note(_ text: String) -> String {
    let lines = skippedLines() + [text.onOneLine]
    switch medium {
    case .log: return lines.map { $0 + "\n" }.joined()
    case .terminal(let size): return redraw(above: lines, size)
    }
  }

  /// Removes the moving lines, so that what is written next starts on a clean line.
  public mutating func close() -> String {
    let lines = skippedLines()
    running = []
    study = nil
    guard case .terminal(let size) = medium else { return lines.map { $0 + "\n" }.joined() }
    return redraw(above: lines, size)
  }

  /// Takes in one event; returns the lines that it leaves behind.
  private mutating func take(_ event: ProgressEvent) -> [String] {
    if case .study = event { return [] }
    if case .ended(let name, .skipped(let reason)) = event {
      guard let index = causes.firstIndex(where: { $0.reason == reason }) else {
        return ended(name, .skipped(reason: reason))
      }
      causes[index].moreSkipped += 1
      return []
    }
    return skippedLines() + lines(of: event)
  }

  /// A line for each reason for which more trials were skipped than the one that said it.
  private mutating func skippedLines() -> [String] {
    let lines = causes.filter { $0.moreSkipped > 0 }.map { cause in
      let count = cause.moreSkipped
      return "\(count) more \(count == 1 ? "trial" : "trials") skipped \(cause.reference)"
    }
    for index in causes.indices { causes[index].moreSkipped = 0 }
    return lines
  }

  private mutating func ended(_ name: TrialName, _ ending: TrialEnding) -> [String] {
    running.removeAll { $0.name.id == name.id }
    let cause = ending.reason.flatMap { reason in causes.first { $0.reason == reason } }
    // A trial that is tried again and fails again is no reference for itself.
    let reference = cause.flatMap { $0.first.id == name.id ? nil : $0.reference }
    let line = name.line + " " + ProgressText.ending(ending, reference: reference)
    if let reason = ending.reason, reference == nil {
      if cause == nil { causes.append(Cause(reason: reason, first: name)) }
      if hasRoom(for: line) { reasonsSaid.insert(reason) }
    }
    // A screen has the counts in its last line.
    guard medium == .log, let study else { return [line] }
    return ["\(line) (\(ProgressText.study(study)))"]
  }

  /// Whether all of a line that stays can be read.
  private func hasRoom(for line: String) -> Bool {
    switch medium {
    case .log: true
    case .terminal(let size): line.columns <= size.columns - 1
    }
  }

  private mutating func lines(of event: ProgressEvent) -> [String] {
    switch event {
    case .started(let name):
      enter(name, nil)
      return []
    case .step(let name, let progress):
      enter(name, progress)
      return []
    case .epoch(let name, let progress):
      enter(name, progress)
      guard medium == .log else { return [] }
      let words = [name.line + ":", ProgressText.epoch(progress)]
      return [(words + ProgressText.measures(progress)).joined(separator: " ")]
    case .ended(let name, let ending): return ended(name, ending)
    case .note(let name, let text):
      return [name.line + ": " + text.onOneLine]
    case .study:
      return []
    }
  }

  private mutating func enter(_ name: TrialName, _ progress: EpochProgress?) {
    if let index = running.firstIndex(where: { $0.name.id == name.id }) {
      if let progress { running[index].progress = progress }
    } else {
      running.append(Running(name: name, progress: progress))
    }
  }
}

extension ProgressDisplay {
  private static let barWidth = 10
  /// More than a screen has.
  private static let mostLastingLines = 200

  /// Goes back to the block's first line and writes it anew, below the lines that stay.
  private mutating func redraw(above lasting: [String], _ size: TerminalSize) -> String {
    // One column stays free: a full line leaves the cursor at a place where terminals disagree.
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
    // What is left of a longer block: from the cursor to the end of the screen.
    text += "\u{1B}[J"
    drawnLines = block.count
    return text
  }

  /// The lines of the block, never more than the screen has.
  private func blockLines(_ size: TerminalSize) -> [String] {
    let whole = study.map { [ProgressText.study($0)] } ?? []
    let room = size.rows - whole.count
    guard running.count > room else { return trialLines(running, size) + whole }
    let shown = max(0, room - 1)
    let more = room > 0 ? ["… and \(running.count - shown) more running"] : []
    return trialLines(Array(running.prefix(shown)), size) + more + whole
  }

  /// A line for each trial, its parts below each other's; the bar only where all lines have room.
  private func trialLines(_ trials: [Running], _ size: TerminalSize) -> [String] {
    let names = trials.map(\.name.parts)
    let widths = (0..<4).map { part in names.map { $0[part].columns }.max() ?? 0 }
    let lines = zip(trials, names).map { trial, name -> (start: String, bar: String, end: String) in
      let start = zip(name, widths).map { $0.padded(to: $1) }.joined(separator: "  ")
      guard let progress = trial.progress else { return (start, "", "starting") }
      let end = [ProgressText.epoch(progress)] + ProgressText.measures(progress)
      return (
        start, ProgressText.bar(progress, width: Self.barWidth), end.joined(separator: "  ")
      )
    }
    let full = lines.map { line in
      line.start + "  " + line.bar.padded(to: Self.barWidth) + "  " + line.end
    }
    if full.allSatisfy({ $0.columns < size.columns }) { return full }
    return lines.map { $0.start + "  " + $0.end }
  }
}
