import Support

/// The state of a study: its trials counted by state, and its time.
public struct StudyCounts: Hashable, Codable, Sendable {
  /// Trials trained to their end, including in earlier runs of the study.
  public var done = 0
  /// Trials that ended with an error.
  public var failed = 0
  /// Trials that were skipped.
  public var skipped = 0
  /// Trials stopped by a search.
  public var stopped = 0
  /// Trials that a group is training.
  public var running = 0
  /// Trials waiting for a group.
  public var waiting = 0
  /// Seconds until the last trial ends, at the measured speed; nil before anything is measured.
  public var secondsLeft: Double?
  /// Seconds since this run of the study began.
  public var seconds: Double?
  /// Seconds predicted when this run began.
  public var predictedSeconds: Double?

  /// No trials.
  public init() {}

  /// Counts trials by their states.
  public init(_ states: some Sequence<TrialState>) {
    for state in states { self[state] += 1 }
  }

  /// Trials that haven't ended.
  public var left: Int { running + waiting }
  /// All trials of the study.
  public var total: Int { done + failed + skipped + stopped + left }

  /// The number of trials in a state; those with damaged files count as waiting.
  public subscript(state: TrialState) -> Int {
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
  public func phrases(_ order: [TrialState], always: Set<TrialState> = []) -> [String] {
    order.filter { self[$0] > 0 || always.contains($0) }.map { "\(self[$0]) \($0.word)" }
  }
}
