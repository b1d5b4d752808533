import Experiments
import Support

/// A study's current state on a screen: trials, progress, losses, time left.
public struct WatchView: Sendable {
  /// A running or ended trial.
  public struct Row: Sendable {
    /// The trial in words.
    public var label: String
    /// Its state; not `.waiting`.
    public var state: TrialState
    /// Epochs so far.
    public var epochs: [EpochRecord]
    /// Epochs requested.
    public var wanted: Int
    /// Why it failed, or was stopped or skipped.
    public var reason: String?

    /// A row from its parts.
    public init(
      label: String, state: TrialState, epochs: [EpochRecord], wanted: Int, reason: String? = nil
    ) {
      self.label = label
      self.state = state
      self.epochs = epochs
      self.wanted = wanted
      self.reason = reason
    }
  }

  /// The study's name.
  public var name: String
  /// Every started trial, in the journal's order.
  public var rows: [Row]
  /// Number of trials in the study.
  public var total: Int
  /// Whether a coordinator is running.
  public var isOpen: Bool
  /// Share of the study's work done, in [0, 1].
  public var share: Double
  /// Seconds of the current run; nil where there is none.
  public var elapsed: Double?
  /// Seconds predicted for the run.
  public var predicted: Double?
  /// Seconds left at the current speed.
  public var left: Double?

  /// A view from its parts.
  public init(
    name: String, rows: [Row], total: Int, isOpen: Bool, share: Double, elapsed: Double? = nil,
    predicted: Double? = nil, left: Double? = nil
  ) {
    self.name = name
    self.rows = rows
    self.total = total
    self.isOpen = isOpen
    self.share = share
    self.elapsed = elapsed
    self.predicted = predicted
    self.left = left
  }

  /// Returns the view after `seconds` without any event.
  package func later(by seconds: Double) -> WatchView {
    var view = self
    view.elapsed = elapsed.map { $0 + seconds }
    return view
  }

  /// Returns the screen's lines: running trials, then the latest ended ones, as many as fit.
  public func lines(_ size: TerminalSize) -> [String] {
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
      if let left { text += ", about \(NumberText.duration(left)) left" }
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
