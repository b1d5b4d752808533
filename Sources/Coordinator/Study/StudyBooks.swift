import DataParallel
import Experiments

/// What the leader writes down, and in which order: a trial's files before the journal's line that
/// says it ended, so that a line never promises what isn't there.
///
/// Epochs of quick trials come many times a second. Their lines are gathered until `flush` or the
/// next line of another kind; the two tables that are rewritten whole are, at most, every few seconds.
final class StudyBooks {
  private static let secondsBetweenTables = 2.0
  private static let secondsBetweenLockChecks = 5.0
  private let folder: StudyFolder
  private let trials: [QueuedTrial]
  private let clock: StudyClock
  private var pendingEpochs: [JournalEvent] = []
  private var changedProgress: [String: QueuedTrial] = [:]
  private var hasNewResults = true
  private var tables = RateLimit(interval: secondsBetweenTables)
  private var lockChecks = RateLimit(interval: secondsBetweenLockChecks)

  /// Opens the folder of a study and notes in its journal that a run begins.
  init(
    _ plan: StudyPlan, groups: Int, ranksPerTrial: Int, fileSystem: any FileSystem,
    clock: StudyClock
  ) throws(StudyError) {
    folder = try StudyFolder(opening: plan.folder, for: plan.config, fileSystem: fileSystem)
    trials = plan.trials
    self.clock = clock
    try append(
      .opened(
        study: plan.config.name, digest: plan.config.digest, trials: trials.count, groups: groups,
        ranksPerTrial: ranksPerTrial))
  }

  /// Trials that were finished before and whose results are still there.
  func finishedBefore() -> Set<String> {
    folder.state.trials(.finished).filter { folder.hasResult(of: $0) }
  }

  func started(_ trial: QueuedTrial, group: Int) throws(StudyError) {
    try append(.started(trial: trial.id, group: group))
  }

  func finishedEpoch(_ record: EpochRecord, of trial: QueuedTrial) {
    pendingEpochs.append(.epoch(trial: trial.id, record: record))
    changedProgress[trial.id] = trial
  }

  /// Writes down how a trial ended.
  /// - Parameter trained: nil for a trial that failed.
  func ended(
    _ trial: QueuedTrial, _ summary: TrialSummary, _ trained: TrainedTrial?
  ) throws(StudyError) {
    changedProgress[trial.id] = nil
    if let trained {
      try folder.write(summary, trained, of: trial)
    } else {
      try appendPendingEpochs()
      let epochs = folder.state.epochs[trial.id] ?? []
      try folder.write(failure: summary, epochs: epochs, of: trial)
    }
    try append(.ended(summary))
  }

  /// Notes that a trial isn't run, unless that is what the journal says already.
  func skipped(_ summary: TrialSummary) throws(StudyError) {
    if folder.state.endings[summary.id] != summary { try append(.ended(summary)) }
  }

  /// Brings to the disk what was gathered.
  func flush() throws(StudyError) {
    try appendPendingEpochs()
    let time = clock.seconds()
    if lockChecks.allows(at: time) { try folder.checkLock() }
    let isDue = hasNewResults || !changedProgress.isEmpty
    if isDue, tables.allows(at: time) { try writeTables() }
  }

  /// Writes what is left to write and lets go of the folder.
  func close() throws(StudyError) {
    defer { folder.close() }
    try appendPendingEpochs()
    try writeTables()
  }

  /// Lets go of the folder and writes nothing.
  func abandon() { folder.close() }

  private func append(_ event: JournalEvent) throws(StudyError) {
    try folder.journal.append(pendingEpochs + [event], time: clock.timestamp())
    pendingEpochs = []
    if case .ended = event { hasNewResults = true }
  }

  private func appendPendingEpochs() throws(StudyError) {
    guard !pendingEpochs.isEmpty else { return }
    try folder.journal.append(pendingEpochs, time: clock.timestamp())
    pendingEpochs = []
  }

  private func writeTables() throws(StudyError) {
    for trial in changedProgress.values {
      try folder.write(progress: folder.state.epochs[trial.id] ?? [], of: trial)
    }
    changedProgress = [:]
    if hasNewResults { try folder.writeResults(of: trials) }
    hasNewResults = false
  }
}
