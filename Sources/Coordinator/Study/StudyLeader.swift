import DataParallel
import Experiments
import Health
import Storage
import Support

/// Hands a study's trials to the groups and writes down what comes back: the coordinator itself. It
/// runs on a thread of its own and sleeps while no message comes.
///
/// When it can't write any more, or is asked to stop, it tells the groups to give up their trials
/// and ends when all have; no group is left waiting.
package final class StudyLeader {
  /// What a group reported of a trial that ended; `trained` is nil when it failed.
  struct Ending {
    var trial: QueuedTrial
    var summary: TrialSummary
    var trained: TrainedTrial?
  }

  /// Messages that are taken in before what they brought is written down.
  private static let messagesAtOnce = 64
  let plan: StudyPlan
  let line: any LeaderLine
  let ranksPerTrial: Int
  let stop: StopFlag
  let heartbeat: Heartbeat
  let clock: StudyClock
  var queue: TrialQueue
  var books: StudyBooks?
  var problem: StudyError?
  var isStopping = false
  /// The trial that was asked to be given up for others to join in.
  var yielding: String?
  /// Groups that have given a trial up for others to join in, and haven't asked for it yet: it isn't
  /// handed out without them.
  var rejoining: Set<Int> = []
  var widenings = RateLimit(interval: 1)
  var pace: StudyPace?
  var hasNewPace = false
  private var repricings = RateLimit(interval: 5)
  var halving: SuccessiveHalving?
  /// For each trial that a search has stopped, its last epoch then.
  var stops: [String: Int] = [:]
  /// Trials that ended and aren't written down yet.
  var endings: [Ending] = []
  var estimate: Double?
  var estimates = RateLimit(interval: 0.5)

  package init(
    _ plan: StudyPlan, line: any LeaderLine, ranksPerTrial: Int, stop: StopFlag,
    heartbeat: Heartbeat = Heartbeat(), clock: StudyClock
  ) {
    self.plan = plan
    self.line = line
    self.ranksPerTrial = ranksPerTrial
    self.stop = stop
    self.heartbeat = heartbeat
    self.clock = clock
    queue = TrialQueue(plan.trials, groups: line.groups)
    halving = plan.halving
    pace = plan.pace
  }

  /// Leads the study to its end.
  /// - Returns: how it ended, which every group was told.
  /// - Throws: what the line throws; then the groups may be waiting still.
  package func run(over fileSystem: any FileSystem) throws -> StudySummary {
    defer { heartbeat.beat(.away, step: 0) }
    heartbeat.beat(.leading, step: 0)
    do {
      try open(fileSystem)
      try lead()
      let summary = try finish()
      var interval = PollInterval()
      while try line.unsent() > 0 { clock.sleep(interval.next(afterMessage: false)) }
      return summary
    } catch {
      books?.leaveBehind()
      throw error
    }
  }

  private func lead() throws {
    var interval = PollInterval()
    while !isOver {
      heartbeat.beat(.leading, step: 0)
      if stop.isRequested { try beginStop() }
      let hadMessage = try takeMessages()
      try settle()
      try write { try $0.flush() }
      reprice()
      try widenTail()
      if !isOver { clock.sleep(interval.next(afterMessage: hadMessage)) }
    }
  }

  /// Every group has asked for work and there is none to give.
  var isOver: Bool { queue.isQuiet && (isStopping || queue.counts.waiting == 0) }

  func open(_ fileSystem: any FileSystem) throws {
    do throws(StudyError) {
      let books = try StudyBooks(
        plan, groups: line.groups, ranksPerTrial: ranksPerTrial, fileSystem: fileSystem,
        clock: clock, beat: { heartbeat.beat(.leading, step: 0) },
        waiting: { publish(.waitingForFolder(notice: $0.waitingNotice(folder: plan.folder))) })
      self.books = books
      queue = TrialQueue(
        plan.trials, groups: line.groups, ended: books.ended(),
        begun: books.begun, isOrdered: plan.halving != nil)
      queue.secondsOnGroups = plan.secondsOnGroups
      for event in books.news { publish(event) }
    } catch {
      return try giveUp(error)
    }
    replayStops()
    try failThoseThatCrash()
    for trial in plan.trials {
      guard let reason = plan.skipped[trial.id], queue.skip(trial.id) == .accepted else { continue }
      let summary = TrialSummary(trial.trial, status: .skipped, reason: reason)
      try write { try $0.skipped(summary) }
      publish(.ended(summary))
    }
  }

  /// A trial that was at work each time the coordinator died, and never came further, is most likely
  /// why it did: the rest goes on without it.
  func failThoseThatCrash() throws {
    for trial in plan.trials where queue.state(of: trial.id) == .waiting {
      guard let crashes = books?.tooManyCrashes(of: trial) else { continue }
      guard queue.fail(trial.id, group: 0, at: clock.seconds()) == .accepted else { continue }
      let reason =
        "the study's processes died \(crashes) times while it ran, without its coming further"
      endings.append(
        Ending(
          trial: trial, summary: TrialSummary(trial.trial, status: .failed, reason: reason)))
    }
    try settle()
  }

  func finish() throws -> StudySummary {
    let seconds = books.map { clock.seconds() - $0.start } ?? 0
    let predicted = books?.predicted
    func closed(_ code: ExitCode) -> StudyEvent {
      .closed(code: Int(code.rawValue), seconds: seconds, predicted: predicted)
    }
    try write { try $0.close(closed(queue.counts.exitCode)) }
    let summary =
      problem.map { StudySummary(queue.counts, problem: $0) } ?? StudySummary(queue.counts)
    publish(closed(summary.exitCode))
    for group in 0..<line.groups { try line.send(.leave(summary), to: group) }
    return summary
  }

  /// Takes in what has come and hands out trials at once: a group that waits for its next trial
  /// doesn't wait for the files of the last one.
  func takeMessages() throws -> Bool {
    for count in 0..<Self.messagesAtOnce {
      guard let (group, message) = try line.poll() else { return count > 0 }
      try handle(message, from: group)
      try handOut()
    }
    return true
  }

  /// Writes down the trials that ended; where that can't be done they aren't counted.
  func settle() throws {
    for ending in endings {
      var summary = ending.summary
      if try write({ summary = try $0.ended(ending.trial, summary, ending.trained) }) {
        publish(.ended(summary))
      } else {
        queue.reopen(ending.trial.id)
      }
    }
    endings = []
  }

  func handOut() throws {
    guard !isStopping, rejoining.isEmpty else { return }
    for handOut in queue.handOut(at: clock.seconds()) {
      let ranks = ranksPerTrial * handOut.groups.count
      guard try tell(.started(trial: handOut.trial.id, group: handOut.group, ranks: ranks)) else {
        queue.release(handOut.group)
        for group in handOut.groups { queue.ready(group) }
        continue
      }
      for (place, group) in handOut.groups.enumerated() {
        let team = handOut.groups.count > 1 ? Team(groups: handOut.groups, place: place) : Team()
        try line.send(
          .run(
            id: handOut.trial.id, handOut.trial.trial, pauseAfter: pauseAfter(handOut.trial),
            team: team, lock: books?.lock ?? ""), to: group)
      }
    }
  }

  /// What has been measured since the study began decides which of the waiting trials are long.
  private func reprice() {
    guard hasNewPace, let pace, repricings.allows(at: clock.seconds()) else { return }
    hasNewPace = false
    queue.reprice { pace.seconds($0, groups: 1) }
    if plan.secondsOnGroups != nil { queue.secondsOnGroups = { pace.seconds($0, groups: $1) } }
  }

  /// Where groups have nothing to do while a trial has a long way to go, it is given up to be gone on
  /// with by all of them.
  func widenTail() throws {
    let time = clock.seconds()
    guard !isStopping, yielding == nil, widenings.allows(at: time),
      let most = queue.mostHelped(at: time), most.gain > TrialQueue.secondsWorthWidening
    else { return }
    yielding = most.id
    try line.send(.yield, to: most.group)
  }

  // MARK: - Stopping

  /// Writes down what happened, and tells whoever watches once it is written.
  /// - Returns: whether it is written.
  @discardableResult
  func tell(_ event: StudyEvent, followedBy others: [StudyEvent] = []) throws -> Bool {
    guard try write({ try $0.record([event] + others) }) else { return false }
    publish(event)
    return true
  }

  /// Writes something down; where that fails, the study stops and nothing more is written.
  /// - Returns: whether it is written.
  @discardableResult
  func write(_ body: (StudyBooks) throws -> Void) throws -> Bool {
    guard let books else { return false }
    // Each write has all of the patience for a slow disk.
    heartbeat.beat(.leading, step: 0)
    do {
      try body(books)
      return true
    } catch let error as StudyError {
      try giveUp(error)
      return false
    }
  }

  func giveUp(_ error: StudyError) throws {
    problem = error
    books?.abandon()
    books = nil
    try beginStop()
  }

  func beginStop() throws {
    guard !isStopping else { return }
    isStopping = true
    publish(.stopping)
    for group in 0..<line.groups { try line.send(.stop, to: group) }
  }

  func publish(_ event: StudyEvent) {
    let time = clock.seconds()
    if estimates.allows(at: time) { estimate = queue.snapshot(at: time).secondsLeft }
    var snapshot = queue.counts
    snapshot.secondsLeft = snapshot.left == 0 ? 0 : estimate
    snapshot.seconds = books.map { time - $0.start }
    snapshot.predictedSeconds = books?.predicted
    plan.observer(event, snapshot)
  }
}
