import Experiments

/// What a journal says of its study's trials, over all runs of the study.
public struct JournalState: Hashable, Sendable {
  /// The study's name; nil in a journal without lines.
  public private(set) var study: String?
  /// The digest of the config that the study was last run with.
  public private(set) var digest: String?
  /// How many trials that config has.
  public private(set) var trialCount = 0
  /// How each trial ended that did, by its id: the last time, where it was run again.
  public private(set) var endings: [String: TrialSummary] = [:]
  /// Trials that were started and haven't ended, by id, with the group that had them: still running,
  /// or running when the coordinator stopped.
  public private(set) var running: [String: Int] = [:]
  /// The epochs of each trial's last start, by id.
  public private(set) var epochs: [String: [EpochRecord]] = [:]

  /// Goes through a journal from its first line.
  public static func replay(_ records: [JournalRecord]) -> JournalState {
    var state = JournalState()
    for record in records { state.apply(record.event) }
    return state
  }

  /// Ids of the trials that ended this way.
  public func trials(_ status: TrialStatus) -> Set<String> {
    Set(endings.lazy.filter { $0.value.status == status }.map(\.key))
  }

  /// Takes in the next line.
  mutating func apply(_ event: JournalEvent) {
    switch event {
    case .opened(let study, let digest, let trials, _, _):
      self.study = study
      self.digest = digest
      trialCount = trials
      running = [:]
    case .started(let trial, let group):
      running[trial] = group
      epochs[trial] = []
    case .epoch(let trial, let record):
      epochs[trial, default: []].append(record)
    case .ended(let summary):
      running[summary.id] = nil
      endings[summary.id] = summary
    }
  }
}
