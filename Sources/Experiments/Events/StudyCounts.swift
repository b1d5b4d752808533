import Support

/// How far a study is: its trials counted by state, and its time.
public struct StudyCounts: Hashable, Codable, Sendable {
  /// Trials trained to their end, in earlier runs of the study too.
  public var done = 0
  /// Trials that ended with an error.
  public var failed = 0
  /// Trials that aren't run.
  public var skipped = 0
  /// Trials that a search has stopped.
  public var stopped = 0
  /// Trials that a group works on.
  public var running = 0
  /// Trials that no group has yet.
  public var waiting = 0
  /// Seconds until the last trial ends, from the speed measured so far; nil before there is one.
  public var secondsLeft: Double?
  /// Seconds since this run of the study began.
  public var seconds: Double?
  /// Seconds that this run was thought to take when it began.
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

  /// The trials in a state; one whose files are damaged is waiting to be trained again.
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

  /// What a process leaves with whose study stands like this.
  public var exitCode: ExitCode { left > 0 ? .interrupted : failed > 0 ? .someTrialsFailed : .done }

  /// `12 done`, `2 running` …, in this order.
  /// - Parameter always: states that are named even where no trial is in them.
  public func phrases(_ order: [TrialState], always: Set<TrialState> = []) -> [String] {
    order.filter { self[$0] > 0 || always.contains($0) }.map { "\(self[$0]) \($0.word)" }
  }
}
