import Experiments

/// The state of a study's trials by its journal, over all runs of the study.
package struct JournalState: Hashable, Sendable {
  /// A trial's ending, or a search's stop of it after an epoch.
  package struct Ending: Hashable, Sendable {
    package var trial: String
    package var state: TrialState
    /// Its last epoch at the time.
    package var record: EpochRecord?
  }

  /// A trial's furthest progress: a run from an older checkpoint doesn't reduce it.
  private struct Reach: Hashable {
    var epochs = 0
    /// The furthest step from which it resumed.
    var step = 0

    var progress: Int { epochs.addingSaturated(step) }
  }

  /// The study's name; nil in a journal without lines.
  package private(set) var study: String?
  /// The config's digest in the last run.
  package private(set) var digest: String?
  /// Each trial's ending by id. A resumed stopped trial keeps its ending until the next one; a
  /// trial rerun for another reason has none.
  package private(set) var endings: [String: TrialSummary] = [:]
  /// The groups of trials that were started and haven't ended, by trial id: still running, or
  /// running when the coordinator died.
  package private(set) var running: [String: Int] = [:]
  /// Each trial's epochs by id, as of its last start.
  package private(set) var epochs: [String: [EpochRecord]] = [:]
  /// Crashes of the coordinator while a trial ran, since the trial's last checkpoint.
  package private(set) var crashes: [String: Int] = [:]
  /// All endings and stops in order; a trial may have several.
  package private(set) var history: [Ending] = []
  /// The configurations that searches proposed: values by key, by the search's id and the index.
  package private(set) var proposals: [String: [Int: [String: Double]]] = [:]
  /// Whether a coordinator is running or died.
  package private(set) var isOpen = false
  /// The last run's versions, machine and data, by name.
  package private(set) var environment: [String: String] = [:]
  /// Predicted seconds of the last run.
  package private(set) var predicted: Double?
  /// Seconds of the last run; nil while it continues and if it didn't end in order.
  package private(set) var lastSeconds: Double?
  /// The number of ranks of each trial's last start.
  package private(set) var ranks: [String: Int] = [:]
  /// Trials that ever ran beside another: their times are those of a busier machine.
  package private(set) var besideOthers: Set<String> = []
  /// Seconds of the runs that ended in order.
  package private(set) var seconds = 0.0
  /// Each trial's furthest progress since it last started from scratch.
  private var reaches: [String: Reach] = [:]
  /// The progress of ended trials, over all their runs.
  private var endedProgress = 0

  package init() {}

  package static func replay(_ records: [JournalRecord]) -> JournalState {
    var state = JournalState()
    for record in records { state.apply(record.event) }
    return state
  }

  /// Returns a trial's state.
  /// - Parameters:
  ///   - isOpen: whether a coordinator is running; if not, running trials are waiting.
  ///   - halves: whether the study stops trials early; if not, stopped trials continue.
  package func state(of id: String, isOpen: Bool, halves: Bool) -> TrialState {
    if isOpen, running[id] != nil { return .running }
    guard let ending = endings[id]?.status, ending != .stopped || halves else { return .waiting }
    return ending
  }

  /// Returns the ids of trials with this ending that weren't started again.
  package func trials(_ ending: TrialState) -> Set<String> {
    Set(
      endings.lazy.filter { $0.value.status == ending && running[$0.key] == nil }.map(\.key))
  }

  /// Grows whenever a trial gets further than ever before; never falls.
  package var progress: Int {
    reaches.values.reduce(endedProgress) { $0.addingSaturated($1.progress) }
  }

  package mutating func apply(_ event: StudyEvent) {
    switch event {
    case .opened(let study, let digest, _, _, _, let predicted):
      self.study = study
      self.digest = digest
      self.predicted = predicted
      lastSeconds = nil
      for trial in running.keys { crashes[trial, default: 0] += 1 }
      running = [:]
      isOpen = true
    case .environment(let values): environment = values
    case .proposed(let proposal):
      proposals[proposal.search, default: [:]][proposal.index] = proposal.values
    case .started(let trial, let group, let ranks):
      // A group's next trial is dispatched before its current one has ended.
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

  /// Removes a rerun trial's ending, which would otherwise count if the trial is released or the
  /// coordinator dies. A stopped trial resumes and may stay stopped, so it keeps its ending.
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
    history.append(
      Ending(trial: summary.id, state: summary.status, record: epochs[summary.id]?.last))
  }
}

extension Int {
  /// Saturating, since a file's lines may hold any number.
  fileprivate func addingSaturated(_ other: Int) -> Int {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? .max : sum
  }
}
