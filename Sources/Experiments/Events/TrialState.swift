/// The state of a trial in a study.
public enum TrialState: String, Hashable, Sendable, CaseIterable {
  /// No group has it, or none has it any more.
  case waiting
  /// A group trains it.
  case running
  /// Trained to its last epoch.
  case finished
  /// Ended by an error or a NaN or infinite loss.
  case failed
  /// Stopped by a search before its last epoch as not good enough; it may resume later.
  case stopped
  /// Not started, because its data set is unavailable.
  case skipped
  /// Finished, but its files aren't as written: it is trained again.
  case damaged

  /// The word shown on screen and in `status --json`: `done` for the journal's `finished`.
  package var word: String { self == .finished ? "done" : rawValue }

  /// Whether it is an ending, which is all that is recorded of a trial.
  package var isEnding: Bool {
    switch self {
    case .finished, .failed, .stopped, .skipped: true
    case .waiting, .running, .damaged: false
    }
  }
}

/// Only endings are coded: nothing else is recorded of a trial.
extension TrialState: Codable {
  /// Reads an ending.
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
