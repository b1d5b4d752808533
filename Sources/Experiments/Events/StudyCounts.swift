import Support

/// The state of a study: its trials counted by state, and its time.
public struct StudyCounts: Hashable, Codable, Sendable {
  /// Trials trained to their end, including in earlier runs of the study.
  package var done = 0
  package var failed = 0
  package var skipped = 0
  /// Trials stopped by a search.
  package var stopped = 0
  /// Trials that a group is training.
  package var running = 0
  package var waiting = 0
  /// Seconds until the last trial ends, at the measured speed; nil before anything is measured.
  package var secondsLeft: Double?
  /// Seconds since this run of the study began.
  package var seconds: Double?
  /// Seconds predicted when this run began.
  package var predictedSeconds: Double?

  package init() {}

  package init(_ states: some Sequence<TrialState>) {
    for state in states { self[state] += 1 }
  }

  /// Trials that haven't ended.
  package var left: Int { running + waiting }
  /// All trials of the study.
  package var total: Int { done + failed + skipped + stopped + left }

  /// The number of trials in a state; those with damaged files count as waiting.
  package subscript(state: TrialState) -> Int {
    get { self[keyPath: Self.count(of: state)] }
    set { self[keyPath: Self.count(of: state)] = newValue }
  }

  private static func count(of state: TrialState) -> WritableKeyPath<Self, Int> {
    switch state {
    case .waiting, .damaged: \.waiting
    case .running: \.running
    case .finished: \.done
    case .failed: \.failed
    case .stopped: \.stopped
    case .skipped: \.skipped
    }
  }

  /// The exit code of a process whose study ends with these counts.
  public var exitCode: ExitCode { left > 0 ? .interrupted : failed > 0 ? .someTrialsFailed : .done }

  /// Returns `12 done`, `2 running` …, in this order.
  /// - Parameter always: states that are listed even without trials.
  package func phrases(_ order: [TrialState], always: Set<TrialState> = []) -> [String] {
    order.filter { self[$0] > 0 || always.contains($0) }.map { "\(self[$0]) \($0.word)" }
  }
}
