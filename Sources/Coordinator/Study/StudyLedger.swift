import DataParallel
import Experiments
import Storage
import Support

/// What the coordinator writes down, and in which order: a trial's files before the journal's line that
/// says it ended, so that a line never promises what isn't there.
///
/// What ended is on the disk before it is counted. Other lines are written at once and brought to the
/// disk every second; the two tables that are rewritten whole are, at most, every few seconds.
final class StudyLedger {
  private static let secondsBetweenTables = 2.0
  private static let secondsBetweenLockChecks = 1.0
  private static let secondsBetweenSynchronisations = 1.0
  /// How often a trial may be at work when the coordinator dies before it counts as the reason.
  static let crashLimit = 3
  private let folder: StudyFolder
  /// The plan, including all that the search has proposed so far.
  private(set) var plan: StudyPlan
  private var trials: [QueuedTrial] { plan.trials }
  private let clock: StudyClock
  /// Seconds that this run is thought to take.
  private(set) var predicted: Double?
  /// What there is to tell of the opening: that the run began, and what is wrong with the files of trials
  /// that had finished and wait again.
  private(set) var news: [StudyEvent] = []
  let start: Double
  private var changedProgress: Set<String> = []
  private var hasNewResults = true
  private var tables = RateLimit(interval: secondsBetweenTables)
  private var lockChecks = RateLimit(interval: secondsBetweenLockChecks)
  private var synchronisations = RateLimit(interval: secondsBetweenSynchronisations)

  /// Opens the folder of a study and notes in its journal that a run begins.
  /// - Parameters:
  ///   - beat: called often while that takes long.
  ///   - waiting: called where a holder of the folder is watched that may be still there.
  init(
    _ plan: StudyPlan, groups: Int, ranksPerTrial: Int, fileSystem: any FileSystem,
    clock: StudyClock, beat: () -> Void = {}, waiting: (LockOwner) -> Void = { _ in }
  ) throws(StudyError) {
    folder = try StudyFolder(
      opening: plan.folder, for: plan.config, fileSystem: fileSystem,
      allowsForeignFolder: plan.allowsForeignFolder, clock: clock, waiting: waiting)
    if let found = folder.state.otherNumerics {
      throw .otherNumerics(path: folder.path, found: found)
    }
    let plan = plan.knowing(folder.state.proposals)
    self.plan = plan
    self.clock = clock
    start = clock.seconds()
    try recordInterruptions()
    try redoWhatIsDamaged(beat)
    if plan.retriesFailed { try retryFailed() }
    let ended = ended()
    let left = plan.trials.filter { ended[$0.id] == nil && plan.obstacle($0) == nil }
    predicted = predictedMakespan(
      left + plan.config.trialsToCome(plan.price), groups: groups, begun: begun,
      secondsOnGroups: plan.secondsOnGroups)
    let opening = StudyEvent.opened(
      study: plan.config.name, digest: plan.config.digest,
      trials: trials.count + plan.config.trialsToCome, groups: groups,
      ranksPerTrial: ranksPerTrial, predicted: predicted)
    try append([opening])
    news.insert(opening, at: 0)
    if !plan.environment.isEmpty { try append([.environment(plan.environment)]) }
  }

  /// If the previous coordinator stopped because it could not write, the trials that ran then did not
  /// crash, but the journal could not record that. Records it now.
  private func recordInterruptions() throws(StudyError) {
    guard folder.state.isOpen, !folder.lock.wasLeftBehind, !folder.state.running.isEmpty else {
      return
    }
    let trials = folder.state.running.keys.sorted()
    try folder.journal.append(
      trials.map { .interrupted(trial: $0) }, time: clock.timestamp())
  }

  /// Has the trials wait again that finished and aren't done, because of their files.
  private func redoWhatIsDamaged(_ beat: () -> Void) throws(StudyError) {
    let finished = folder.state.trials(.finished)
    for trial in trials where finished.contains(trial.id) {
      beat()
      guard let ending = folder.state.endings[trial.id] else { continue }
      do throws(DamagedTrialFile) {
        try folder.check(ending)
      } catch {
        let text = "\(error.path): \(error.reason); the trial is trained again"
        news += [.note(trial: trial.id, text: text), .retried(trial: trial.id)]
      }
    }
    if news.isEmpty { return }
    try folder.journal.append(news, time: clock.timestamp())
  }

  /// Has the trials that failed wait again. It is written down, because a run that comes after a crash
  /// of this one goes on with them, and tries nothing else again.
  private func retryFailed() throws(StudyError) {
    let failed = folder.state.trials(.failed)
    let again = trials.filter { failed.contains($0.id) }
    if again.isEmpty { return }
    try folder.journal.append(
      again.map { .retried(trial: $0.id) }, time: clock.timestamp())
  }

  /// The id under which the folder is held.
  var lock: String { folder.lock.id }

  /// What a write that failed on another rank comes to: those stop writing once the folder is lost.
  func problem(of error: WriteError) -> StudyError {
    folder.lock.isIntact ? .cannotWrite(error) : .lockLost(path: folder.path)
  }

  /// How trials ended in earlier runs, of those that aren't to be run again.
  func ended() -> [String: TrialQueue.State] {
    var states: [String: TrialQueue.State] = [:]
    for id in folder.state.trials(.finished) { states[id] = .finished }
    // Without early stopping, trials that an earlier run stopped resume.
    if plan.config.stopsEarly {
      for id in folder.state.trials(.stopped) { states[id] = .stopped }
    }
    for id in folder.state.trials(.failed) { states[id] = .failed }
    return states
  }

  /// The share of each trial's epochs that earlier runs came to, by id.
  var begun: [String: Double] {
    var shares: [String: Double] = [:]
    for trial in trials {
      guard let last = folder.state.epochs[trial.id]?.last else { continue }
      let share = Double(last.epoch) / Double(max(1, trial.trial.training.epochs))
      shares[trial.id] = min(max(share, 0), 1)
    }
    return shares
  }

  var state: JournalState { folder.state }

  func add(_ trials: [QueuedTrial]) { plan.trials += trials }

  func lastEpoch(of trial: QueuedTrial) -> EpochRecord? { folder.state.epochs[trial.id]?.last }

  /// How often the coordinator died while the trial ran, if that is too often.
  func tooManyCrashes(of trial: QueuedTrial) -> Int? {
    folder.state.crashes[trial.id].flatMap { $0 >= Self.crashLimit ? $0 : nil }
  }

  /// Writes down what happened; of a trial that ended, `ended` does.
  func record(_ events: [StudyEvent]) throws(StudyError) {
    try append(events, isDurable: false)
    for case .epoch(let id, _) in events { changedProgress.insert(id) }
  }

  /// Writes down how a trial ended. Its checkpoints go, unless it was stopped and may go on.
  /// - Parameter trained: nil unless it finished.
  /// - Returns: what is written down.
  func ended(
    _ trial: QueuedTrial, _ summary: TrialSummary, _ trained: TrainedTrial?
  ) throws(StudyError) -> TrialSummary {
    changedProgress.remove(trial.id)
    var summary = summary
    if let trained {
      summary = try folder.write(summary, trained, of: trial.id, trial.trial)
    } else {
      let epochs = folder.state.epochs[trial.id] ?? []
      try folder.write(failure: summary, epochs: epochs, of: trial.id, trial.trial)
    }
    try append([.ended(summary)])
    if summary.status != .stopped { folder.checkpoints(of: trial.id).remove() }
    return summary
  }

  /// Notes that a trial isn't run, unless that is what the journal says already.
  func skipped(_ summary: TrialSummary) throws(StudyError) {
    if folder.state.endings[summary.id] != summary { try append([.ended(summary)]) }
  }

  /// Brings to the disk what was gathered.
  func flush() throws(StudyError) {
    let time = clock.seconds()
    if synchronisations.allows(at: time) { try folder.journal.synchronise() }
    if lockChecks.allows(at: time) { try folder.lock.confirm() }
    let isDue = hasNewResults || !changedProgress.isEmpty
    if isDue, tables.allows(at: time) { try writeTables() }
  }

  /// Writes what is left to write, and how the run ended, and lets go of the folder.
  func close(_ event: StudyEvent) throws(StudyError) {
    defer { folder.close() }
    try writeTables()
    try append([event])
  }

  /// Lets go of the folder and writes nothing.
  func abandon() { folder.close() }

  /// Leaves the folder as a coordinator that is killed does.
  func leaveBehind() { folder.lock.leave() }

  private func append(_ events: [StudyEvent], isDurable: Bool = true) throws(StudyError) {
    try folder.journal.append(events, time: clock.timestamp(), isDurable: isDurable)
    for case .ended in events { hasNewResults = true }
  }

  private func writeTables() throws(StudyError) {
    for trial in trials where changedProgress.contains(trial.id) {
      try folder.write(
        progress: folder.state.epochs[trial.id] ?? [], of: trial.id, trial.trial)
    }
    changedProgress = []
    if hasNewResults { try folder.writeResults(of: trials.map(\.id)) }
    hasNewResults = false
  }
}
