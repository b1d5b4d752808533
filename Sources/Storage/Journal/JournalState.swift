import Experiments

/// What a journal says of its study's trials, over all runs of the study.
public struct JournalState: Hashable, Sendable {
  /// A search stopped a trial after an epoch.
  public struct Stop: Hashable, Sendable {
    /// The trial.
    public var trial: String
    /// Its last epoch then.
    public var record: EpochRecord
  }

  /// How far a trial has ever come: a run from an older checkpoint doesn't make it less.
  private struct Reach: Hashable {
    var epochs = 0
    /// The furthest step that it has gone on from.
    var step = 0

    var progress: Int { epochs.addingSaturated(step) }
  }

  /// The study's name; nil in a journal without lines.
  public private(set) var study: String?
  /// The digest of the config that the study was last run with.
  public private(set) var digest: String?
  /// How many trials that config has.
  public private(set) var trialCount = 0
  /// How each trial ended, by its id. One that was stopped and goes on has its ending until the next
  /// one; one that is run again for another reason has none.
  public private(set) var endings: [String: TrialSummary] = [:]
  /// Trials that were started and haven't ended, by id, with the group that had them: still running,
  /// or running when the coordinator died.
  public private(set) var running: [String: Int] = [:]
  /// The epochs of each trial, by id, as far as it came in its last start.
  public private(set) var epochs: [String: [EpochRecord]] = [:]
  /// How often the coordinator died while a trial ran, without a checkpoint of the trial in between.
  public private(set) var crashes: [String: Int] = [:]
  /// Where searches stopped trials, in the order in which they did.
  public private(set) var stops: [Stop] = []
  /// Whether a coordinator is at work, or died at it.
  public private(set) var isOpen = false
  /// What the last run was made with: versions, machine, data, by name.
  public private(set) var environment: [String: String] = [:]
  /// Seconds that the last run of the study was thought to take.
  public private(set) var predicted: Double?
  /// Seconds that the last run took; nil while it goes on, and where it didn't end in order.
  public private(set) var lastSeconds: Double?
  /// On how many ranks each trial was last started.
  public private(set) var ranks: [String: Int] = [:]
  /// Trials beside which another was ever trained: their times are those of a machine that did more.
  public private(set) var besideOthers: Set<String> = []
  /// Seconds that the runs of the study have taken that ended in order.
  public private(set) var seconds = 0.0
  /// How far each trial has come since it last began anew.
  private var reaches: [String: Reach] = [:]
  /// What the trials that ended came to, over all their runs.
  private var endedProgress = 0

  /// A journal without lines.
  public init() {}

  /// Goes through a journal from its first line.
  public static func replay(_ records: [JournalRecord]) -> JournalState {
    var state = JournalState()
    for record in records { state.apply(record.event) }
    return state
  }

  /// Where a trial stands.
  /// - Parameters:
  ///   - isOpen: whether a coordinator is at work: if not, what was running waits.
  ///   - halves: whether the study stops trials early: if not, those that were stopped go on.
  public func state(of id: String, isOpen: Bool, halves: Bool) -> TrialState {
    if isOpen, running[id] != nil { return .running }
    guard let ending = endings[id]?.status, ending != .stopped || halves else { return .waiting }
    return ending
  }

  /// Ids of the trials that ended this way, and weren't started again.
  public func trials(_ ending: TrialState) -> Set<String> {
    Set(
      endings.lazy.filter { $0.value.status == ending && running[$0.key] == nil }.map(\.key))
  }

  /// A number that grows whenever a trial comes further than ever, and never falls.
  public var progress: Int {
    reaches.values.reduce(endedProgress) { $0.addingSaturated($1.progress) }
  }

  /// Takes in the next line.
  package mutating func apply(_ event: StudyEvent) {
    switch event {
    case .opened(let study, let digest, let trials, _, _, let predicted):
      self.study = study
      self.digest = digest
      self.predicted = predicted
      lastSeconds = nil
      trialCount = trials
      for trial in running.keys { crashes[trial, default: 0] += 1 }
      running = [:]
      isOpen = true
    case .environment(let values): environment = values
    case .started(let trial, let group, let ranks):
      // A group's next trial is handed out before the one that it trains has ended.
      let others = running.filter { $0.value != group }.keys
      if !others.isEmpty { besideOthers.formUnion(others + [trial]) }
      running[trial] = group
      self.ranks[trial] = ranks
      epochs[trial] = []
      forgetEnding(of: trial)
    case .resumed(let trial, let step, _):
      if step > reaches[trial]?.step ?? 0 {
        crashes[trial] = nil
        reaches[trial, default: Reach()].step = step
      }
    case .epoch(let trial, let record):
      epochs[trial, default: []].append(record)
      if record.epoch > reaches[trial]?.epochs ?? 0 {
        reaches[trial, default: Reach()].epochs = record.epoch
      }
    case .ended(let summary): end(summary)
    case .interrupted(let trial): running[trial] = nil
    case .retried(let trial):
      forgetEnding(of: trial)
      epochs[trial] = nil
    case .note, .waitingForFolder, .progress, .stopping: break
    case .closed(_, let seconds, _):
      self.seconds += seconds
      lastSeconds = seconds
      isOpen = false
    }
  }

  /// A trial is run again: were its last ending still there when it is given up, or when the
  /// coordinator dies, it would count. What a search has stopped goes on, and may stay stopped.
  private mutating func forgetEnding(of trial: String) {
    if endings[trial]?.status != .stopped { endings[trial] = nil }
  }

  private mutating func end(_ summary: TrialSummary) {
    running[summary.id] = nil
    crashes[summary.id] = nil
    if summary.status != .stopped {
      let reach = reaches.removeValue(forKey: summary.id) ?? Reach()
      endedProgress = endedProgress.addingSaturated(reach.progress).addingSaturated(1)
    }
    endings[summary.id] = summary
    if summary.status == .stopped, let record = epochs[summary.id]?.last {
      stops.append(Stop(trial: summary.id, record: record))
    }
  }
}

extension Int {
  /// The sum; the largest number where it is larger: the lines of a file may say anything.
  fileprivate func addingSaturated(_ other: Int) -> Int {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? .max : sum
  }
}
