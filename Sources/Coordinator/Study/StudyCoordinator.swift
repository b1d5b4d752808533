import DataParallel
import Experiments
import Health
import Storage
import Support

/// Dispatches a study's trials to the groups and writes down what comes back: the coordinator itself. It
/// runs on a thread of its own and sleeps while no message comes.
///
/// When it can't write any more, or is asked to stop, it tells the groups to release their trials
/// and ends when all have; no group is left waiting.
package final class StudyCoordinator {
  /// What a group reported of a trial that ended; `trained` is nil when it failed.
  private struct Ending {
    var trial: QueuedTrial
    var summary: TrialSummary
    var trained: TrainedTrial?
  }

  /// Messages that are taken in before what they brought is written down.
  private static let messagesAtOnce = 64
  private var plan: StudyPlan
  private let line: any CoordinatorLine
  private let ranksPerTrial: Int
  private let stop: StopFlag
  private let heartbeat: Heartbeat
  private let clock: StudyClock
  private var queue: TrialQueue
  private var ledger: StudyLedger?
  private var problem: StudyError?
  private var isStopping = false
  private var widening = TailWidening()
  private var search: SearchDriver?
  /// The estimated costs of the trials of a configuration still to be proposed.
  private var standInCosts: [Double] = []
  private var pace: StudyPace?
  private var hasNewPace = false
  private var repricings = RateLimit(interval: 5)
  /// Trials that ended and aren't written down yet.
  private var endings: [Ending] = []
  private var estimate: Double?
  private var estimates = RateLimit(interval: 0.5)

  package init(
    _ plan: StudyPlan, line: any CoordinatorLine, ranksPerTrial: Int, stop: StopFlag,
    heartbeat: Heartbeat = Heartbeat(), clock: StudyClock
  ) {
    self.plan = plan
    self.line = line
    self.ranksPerTrial = ranksPerTrial
    self.stop = stop
    self.heartbeat = heartbeat
    self.clock = clock
    queue = TrialQueue(plan.trials, groups: line.groups)
    pace = plan.pace
  }

  /// Runs the study to its end.
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
      ledger?.leaveBehind()
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
  private var isOver: Bool { queue.isQuiet && (isStopping || queue.counts.waiting == 0) }

  private func open(_ fileSystem: any FileSystem) throws {
    do throws(StudyError) {
      let ledger = try StudyLedger(
        plan, groups: line.groups, ranksPerTrial: ranksPerTrial, fileSystem: fileSystem,
        clock: clock, beat: { heartbeat.beat(.leading, step: 0) },
        waiting: { publish(.waitingForFolder(notice: $0.waitingNotice(folder: plan.folder))) })
      self.ledger = ledger
      plan = ledger.plan
      plan.introduce(plan.trials)
      search = SearchDriver(plan.config)
      standInCosts = plan.price(plan.config.standIns).map(\.cost)
      queue = TrialQueue(
        plan.trials, groups: line.groups, ended: ledger.ended(),
        begun: ledger.begun, isOrdered: plan.config.stopsEarly)
      queue.secondsOnGroups = plan.secondsOnGroups
      for event in ledger.news { publish(event) }
    } catch {
      return try end(because: error)
    }
    // Results of earlier runs of the search: trials that were to resume then resume now.
    for id in ledger.flatMap({ search?.replay($0.state) }) ?? [] { _ = queue.promote(id) }
    try failThoseThatCrash()
    try skipThoseThatCannotRun(plan.trials)
  }

  private func skipThoseThatCannotRun(_ trials: [QueuedTrial]) throws {
    for trial in trials {
      guard let reason = plan.obstacle(trial), queue.skip(trial.id) == .accepted else { continue }
      let summary = TrialSummary(trial.trial, status: .skipped, reason: reason)
      try write { try $0.skipped(summary) }
      publish(.ended(summary))
    }
  }

  /// A trial that was at work each time the coordinator died, and never came further, is most likely
  /// why it did: the rest goes on without it.
  private func failThoseThatCrash() throws {
    for trial in plan.trials where queue.state(of: trial.id) == .waiting {
      guard let crashes = ledger?.tooManyCrashes(of: trial) else { continue }
      guard queue.fail(trial.id, group: 0, at: clock.seconds()) == .accepted else { continue }
      let reason =
        "the study's processes died \(crashes) times while it ran, without its coming further"
      end(trial, as: .failed, reason: reason, groups: 0, seconds: 0)
    }
    try settle()
  }

  private func finish() throws -> StudySummary {
    let seconds = ledger.map { clock.seconds() - $0.start } ?? 0
    let predicted = ledger?.predicted
    func closed(_ code: ExitCode) -> StudyEvent {
      .closed(code: Int(code.rawValue), seconds: seconds, predicted: predicted)
    }
    try write { try $0.close(closed(counts.exitCode)) }
    let summary = StudySummary(counts, problem: problem)
    publish(closed(summary.exitCode))
    for group in 0..<line.groups { try line.send(.leave(summary), to: group) }
    return summary
  }

  /// Takes in messages and dispatches trials at once: a group that waits for its next trial
  /// doesn't wait for the files of the last one.
  private func takeMessages() throws -> Bool {
    for count in 0..<Self.messagesAtOnce {
      guard let (group, message) = try line.poll() else { return count > 0 }
      try handle(message, from: group)
      try dispatch()
    }
    return true
  }

  /// Writes down the trials that ended, and tells the search; where that can't be done they aren't counted.
  private func settle() throws {
    for ending in endings {
      var summary = ending.summary
      if try write({ summary = try $0.ended(ending.trial, summary, ending.trained) }) {
        publish(.ended(summary))
        let last = ledger?.lastEpoch(of: ending.trial)
        for id in search?.report(ending.trial.id, summary.status, last) ?? [] {
          _ = queue.promote(id)
        }
      } else {
        queue.reopen(ending.trial.id)
      }
    }
    endings = []
  }

  private func dispatch() throws {
    guard !isStopping, !widening.isGathering else { return }
    try askSearch()
    for assignment in queue.dispatch(at: clock.seconds()) {
      let ranks = ranksPerTrial * assignment.groups.count
      guard try tell(.started(trial: assignment.trial.id, group: assignment.group, ranks: ranks))
      else {
        queue.release(assignment.group)
        for group in assignment.groups { queue.ready(group) }
        continue
      }
      for (place, group) in assignment.groups.enumerated() {
        let joined =
          assignment.groups.count > 1
          ? JoinedGroups(groups: assignment.groups, place: place) : JoinedGroups()
        try line.send(
          .run(
            id: assignment.trial.id, assignment.trial.trial,
            pauseAfter: search?.pauseAfter(assignment.trial),
            joined: joined, lock: ledger?.lock ?? ""), to: group)
      }
    }
  }

  /// Asks the search for configurations if groups would be idle otherwise: the later it is asked, the more
  /// results it knows. Endings are recorded and reported first; a proposal is journalled before its trials
  /// are dispatched.
  private func askSearch() throws {
    while let search, search.configurationsToCome > 0, queue.isShort {
      try settle()
      guard !isStopping, let (proposal, trials) = self.search?.propose() else { return }
      let event = StudyEvent.proposed(proposal)
      guard try write({ try $0.record([event]) }) else { return }
      let added = plan.price(trials)
      plan.introduce(added)
      ledger?.add(added)
      queue.add(added)
      publish(event)
      try skipThoseThatCannotRun(added)
    }
  }

  /// What has been measured since the study began decides which of the waiting trials are long.
  private func reprice() {
    guard hasNewPace, let pace, repricings.allows(at: clock.seconds()) else { return }
    hasNewPace = false
    queue.reprice { pace.seconds($0, groups: 1) }
    if plan.secondsOnGroups != nil { queue.secondsOnGroups = { pace.seconds($0, groups: $1) } }
  }

  private func widenTail() throws {
    guard !isStopping, let group = widening.groupToAsk(queue, at: clock.seconds()) else { return }
    try line.send(.yield, to: group)
  }

  // MARK: - Stopping

  /// Records an event, and publishes it once it is written.
  /// - Returns: whether it is written.
  @discardableResult
  private func tell(_ event: StudyEvent, followedBy others: [StudyEvent] = []) throws -> Bool {
    guard try write({ try $0.record([event] + others) }) else { return false }
    publish(event)
    return true
  }

  /// Writes something down; where that fails, the study stops and nothing more is written.
  /// - Returns: whether it is written.
  @discardableResult
  private func write(_ body: (StudyLedger) throws -> Void) throws -> Bool {
    guard let ledger else { return false }
    // Each write has all of the patience for a slow disk.
    heartbeat.beat(.leading, step: 0)
    do {
      try body(ledger)
      return true
    } catch let error as StudyError {
      try end(because: error)
      return false
    }
  }

  private func end(because error: StudyError) throws {
    problem = error
    ledger?.abandon()
    ledger = nil
    try beginStop()
  }

  private func beginStop() throws {
    guard !isStopping else { return }
    isStopping = true
    publish(.stopping)
    for group in 0..<line.groups { try line.send(.stop, to: group) }
  }

  /// The trials by state; those still to be proposed count as waiting.
  private var counts: StudyCounts {
    var counts = queue.counts
    counts.waiting += (search?.configurationsToCome ?? 0) * standInCosts.count
    return counts
  }

  private func publish(_ event: StudyEvent) {
    let time = clock.seconds()
    if estimates.allows(at: time) {
      let coming = (0..<(search?.configurationsToCome ?? 0)).flatMap { _ in standInCosts }
      estimate = queue.secondsLeft(at: time, coming: coming)
    }
    var snapshot = counts
    snapshot.secondsLeft = snapshot.left == 0 ? 0 : estimate
    snapshot.seconds = ledger.map { time - $0.start }
    snapshot.predictedSeconds = ledger?.predicted
    plan.observer(event, snapshot)
  }
}

/// What groups report.
extension StudyCoordinator {
  private func handle(_ message: GroupMessage, from group: Int) throws {
    guard let id = message.trial else {
      widening.ready(group)
      queue.ready(group)
      return
    }
    guard let trial = queue.trial(id) else {
      throw ProtocolError("group \(group) reports the trial \(id), which this study doesn't have")
    }
    defer { if message.endsTrial { widening.ended(id) } }
    let groups = max(1, queue.groups(of: id).count)
    switch message {
    case .ready: break
    case .progress(_, let progress):
      queue.advance(id, group: group, fraction: progress.fraction, at: clock.seconds())
      publish(.progress(trial: id, progress))
    case .epochFinished(_, let record):
      if try tell(.epoch(trial: id, record: record)) {
        pace?.learn(trial, groups: groups, epoch: record)
        hasNewPace = true
      }
    case .finished(_, let outcome, let byteCount):
      let model = try line.receiveModel(from: group, byteCount: byteCount)
      guard queue.finish(id, group: group, at: clock.seconds()) == .accepted else { return }
      endings.append(
        Ending(
          trial: trial, summary: TrialSummary(trial.trial, outcome),
          trained: TrainedTrial(outcome: outcome, model: model)))
    case .failed(_, let reason, let seconds):
      guard queue.fail(id, group: group, at: clock.seconds()) == .accepted else { return }
      end(trial, as: .failed, reason: reason, groups: groups, seconds: seconds)
    case .interrupted: try interrupt(trial, group: group)
    case .paused(_, let seconds):
      guard queue.stop(id, group: group, at: clock.seconds()) == .accepted,
        let record = ledger?.lastEpoch(of: trial)
      else { return }
      let reason = "after epoch \(record.epoch) of \(trial.trial.training.epochs)"
      end(trial, as: .stopped, reason: reason, groups: groups, seconds: seconds)
      // Before anyone goes on because of it.
      try settle()
    case .resumed(_, let step, let epochs):
      queue.resume(id, group: group)
      try tell(
        .resumed(trial: id, step: step, epoch: epochs.count),
        followedBy: epochs.map { .epoch(trial: id, record: $0) })
    case .note(_, let text):
      let note = StudyEvent.note(trial: id, text: text)
      // Said even if it can't be written down.
      try write { try $0.record([note]) }
      publish(note)
    case .cannotWrite(_, let error): if let ledger { try end(because: ledger.problem(of: error)) }
    }
  }

  /// A group that releases its trial without being asked was told so by somebody else: dispatching it
  /// again would go round in circles.
  private func interrupt(_ trial: QueuedTrial, group: Int) throws {
    let isYielded =
      !isStopping
      && widening.released(trial.id, by: queue.groups(of: trial.id), asking: queue.asking)
    if !isYielded { try beginStop() }
    queue.release(group)
    let event = StudyEvent.interrupted(trial: trial.id)
    try write { try $0.record([event]) }
    publish(
      isYielded ? .note(trial: trial.id, text: "released for other ranks to join in") : event)
  }

  private func end(
    _ trial: QueuedTrial, as state: TrialState, reason: String, groups: Int, seconds: Double
  ) {
    let summary = TrialSummary(
      trial.trial, status: state, reason: reason, ranks: groups * ranksPerTrial, seconds: seconds)
    endings.append(Ending(trial: trial, summary: summary))
  }
}
