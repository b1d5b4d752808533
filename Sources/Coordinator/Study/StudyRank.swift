import DataParallel
import Experiments
import Health
import Support

/// The end of a group's first rank, with what it has heard.
final class GroupEnd {
  let line: any GroupLine
  private(set) var isStopRequested = false
  /// Whether the trial at hand is to be released.
  var isYieldRequested = false

  init(_ line: any GroupLine) { self.line = line }

  /// Takes in a message that comes while a trial is trained: only `stop` and `yield` can.
  func look() throws {
    switch try line.poll() {
    case nil: return
    case .stop: isStopRequested = true
    case .yield: isYieldRequested = true
    case .run, .leave: throw ProtocolError("a group that trains was given something else to do")
    }
  }

  /// Waits asleep until the coordinator has taken all that it was sent, which a slow disk may delay.
  func deliver(_ clock: StudyClock, _ heartbeat: Heartbeat) throws {
    var interval = PollInterval()
    var unsent = try line.unsent()
    heartbeat.beat(.reporting, step: 0)
    while unsent > 0 {
      try look()
      clock.sleep(interval.next(afterMessage: false))
      let left = try line.unsent()
      // Each message has all of the patience for a slow disk.
      if left < unsent { heartbeat.beat(.reporting, step: 0) }
      unsent = left
    }
  }

  /// Waits asleep for the answer to `ready`.
  func awaitAnswer(_ clock: StudyClock, _ heartbeat: Heartbeat) throws -> CoordinatorMessage {
    var interval = PollInterval()
    while true {
      let message = try line.poll()
      switch message {
      case .stop: isStopRequested = true
      // For a trial that has ended meanwhile.
      case .yield: break
      case .some(let answer): return answer
      case nil: break
      }
      heartbeat.wait()
      clock.sleep(interval.next(afterMessage: message != nil))
    }
  }
}

/// One rank's part in a study: trains what its group is given until the coordinator has nothing more.
package struct StudyRank {
  private let end: GroupEnd?
  private let group: any GroupSync
  private let stop: StopFlag
  private let heartbeat: Heartbeat
  private let clock: StudyClock

  /// - Parameters:
  ///   - line: on the group's first rank, its end; nil on the others.
  ///   - stop: this rank's own.
  package init(
    line: (any GroupLine)?, group: any GroupSync, stop: StopFlag = StopFlag(),
    heartbeat: Heartbeat = Heartbeat(), clock: StudyClock
  ) {
    precondition((line != nil) == group.isFirst, "a line on a rank that isn't its group's first")
    end = line.map(GroupEnd.init)
    self.group = group
    self.stop = stop
    self.heartbeat = heartbeat
    self.clock = clock
  }

  /// Works until the coordinator says `leave`.
  /// - Parameters:
  ///   - isFatal: whether an error of `train` means that the group can't go on together.
  ///   - train: trains one trial on this rank.
  /// - Returns: how the study ended.
  package func run(
    isFatal: (any Error) -> Bool, train: (Trial, TrialReporter) throws -> TrainedTrial
  ) throws -> StudySummary {
    while true {
      heartbeat.wait()
      switch try group.share(askForWork(), heartbeat) {
      case .run(let id, let trial, let pauseAfter, let joined, let lock):
        end?.isYieldRequested = false
        let reporter = TrialReporter(
          id: id, pauseAfter: pauseAfter, lock: lock, end: joined.place == 0 ? end : nil,
          stop: stop, clock: clock)
        try perform(trial, id: id, joined, reporter, isFatal, train)
      case .leave(let summary):
        try end?.deliver(clock, heartbeat)
        heartbeat.beat(.meeting, step: 0)
        return summary
      case .stop, .yield: throw ProtocolError("the coordinator didn't answer a group's request")
      }
    }
  }

  private func askForWork() throws -> CoordinatorMessage? {
    guard let end else { return nil }
    try end.line.send(.ready)
    return try end.awaitAnswer(clock, heartbeat)
  }

  private func perform(
    _ trial: Trial, id: String, _ joined: JoinedGroups, _ reporter: TrialReporter,
    _ isFatal: (any Error) -> Bool,
    _ train: (Trial, TrialReporter) throws -> TrainedTrial
  ) throws {
    let start = clock.seconds()
    let members = try group.gather(joined)
    var trained: TrainedTrial?
    var verdict = Verdict.done
    do {
      let result = try train(trial, reporter)
      trained = result
      if let reason = result.outcome.divergence { verdict = .failed(reason: reason) }
    } catch is TrialInterrupted {
      verdict = .interrupted
    } catch is TrialPaused {
      verdict = .paused
    } catch {
      if isFatal(error) { throw error }
      verdict = .failed(reason: String(describing: error))
    }
    verdict = try members.agree(on: verdict)
    try members.disband()
    guard joined.place == 0, let line = end?.line else { return }
    heartbeat.beat(.reporting, step: 0)
    try report(verdict, of: id, trained, seconds: clock.seconds() - start, line)
    try end?.deliver(clock, heartbeat)
  }

  private func report(
    _ verdict: Verdict, of id: String, _ trained: TrainedTrial?, seconds: Double,
    _ line: any GroupLine
  ) throws {
    switch verdict {
    case .failed(let reason):
      try line.send(.failed(trial: id, reason: reason, seconds: seconds))
    case .interrupted: try line.send(.interrupted(trial: id))
    case .paused: try line.send(.paused(trial: id, seconds: seconds))
    case .done:
      guard let trained else { preconditionFailure("trial \(id) is done without a result") }
      let count = trained.model.count
      try line.send(.finished(trial: id, trained.outcome, modelBytes: count))
      try line.send(model: trained.model)
    }
  }
}

extension TrialOutcome {
  /// Says where the loss stopped being a number; nil when it is one throughout.
  fileprivate var divergence: String? {
    for record in epochs where !(record.trainLoss.isFinite && record.testLoss.isFinite) {
      let name = record.trainLoss.isFinite ? "test" : "training"
      let loss = record.trainLoss.isFinite ? record.testLoss : record.trainLoss
      return "the \(name) loss became \(loss) in epoch \(record.epoch); try a lower learning rate"
    }
    guard test.loss.isFinite && train.loss.isFinite else {
      return "the loss of the trained network is "
        + "\(test.loss.isFinite ? train.loss : test.loss); try a lower learning rate"
    }
    return nil
  }
}
