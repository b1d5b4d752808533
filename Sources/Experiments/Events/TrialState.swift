/// Where a trial of a study stands.
public enum TrialState: String, Hashable, Sendable, CaseIterable {
  /// No group has it yet, or again.
  case waiting
  /// A group trains it.
  case running
  /// Trained to its last epoch.
  case finished
  /// Ended by an error or a loss that isn't a number.
  case failed
  /// Stopped by a search before its last epoch, as not good enough to go on; it may go on later.
  case stopped
  /// Not started, because its data set can't be had.
  case skipped
  /// Finished, but its files aren't what was written: it is trained again.
  case damaged

  /// What people and scripts are shown, on the screen and in `status --json`: `done` for `finished`, which
  /// is what the journal and `result.json` say.
  public var word: String { self == .finished ? "done" : rawValue }

  /// Whether it is how a trial ended, as is written down of it.
  public var isEnding: Bool {
    switch self {
    case .finished, .failed, .stopped, .skipped: true
    case .waiting, .running, .damaged: false
    }
  }
}

/// Coded is only how a trial ended: nothing else is written down of it.
extension TrialState: Codable {
  /// Reads how a trial ended.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let state = TrialState(rawValue: name), state.isEnding else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "expected finished, failed, stopped or skipped, found \(name)")
    }
    self = state
  }
}
