import Experiments
import Storage

/// A running study's search: its proposals, the epochs at which trials pause, and the paused trials that
/// resume.
struct SearchDriver {
  private let search: SearchSpec
  private var study: StudyConfig
  private var strategy: any SearchStrategy
  private var trials: [String: SearchedTrial] = [:]
  /// Each stopped trial's last epoch at the stop.
  private var stops: [String: Int] = [:]
  private(set) var configurationsToCome: Int

  /// nil if the study has no search that depends on results.
  /// - Parameter study: the study with the configurations of earlier runs.
  init?(_ study: StudyConfig) {
    guard let search = study.search, search.strategy.learns || search.strategy.stopsEarly else {
      return nil
    }
    self.search = search
    self.study = study
    strategy = search.strategy.init(search)
    configurationsToCome = study.configurationsToCome
    for trial in study.searchedTrials { trials[trial.trial.id] = trial }
  }

  /// Asks for a configuration.
  /// - Returns: the configuration with its new trials; nil if there is none for now.
  mutating func propose() -> (proposal: SearchProposal, trials: [Trial])? {
    guard configurationsToCome > 0, let values = strategy.next(study.proposedCount) else {
      return nil
    }
    let added = study.propose(values)
    configurationsToCome -= 1
    for trial in added { trials[trial.trial.id] = trial }
    return study.lastProposal.map { ($0, added.map(\.trial)) }
  }

  /// The epoch after which a trial pauses; nil if it runs to its end.
  func pauseAfter(_ trial: QueuedTrial) -> Int? {
    guard study.stopsEarly, let place = trials[trial.id] else { return nil }
    let first = (stops[trial.id] ?? 0) + 1
    return (first..<max(first, trial.trial.training.epochs)).first {
      strategy.shouldStop(place, after: $0)
    }
  }

  /// Takes in the endings and stops of earlier runs, in order.
  /// - Returns: the trials that were to resume and haven't reached their next stop.
  mutating func replay(_ past: JournalState) -> [String] {
    var promotions: [(id: String, epoch: Int)] = []
    for ending in past.history {
      // A trial that is rerun hasn't ended.
      if ending.state != .stopped, past.endings[ending.trial]?.status != ending.state { continue }
      promotions += report(ending.trial, ending.state, ending.record).compactMap { id in
        stops[id].map { (id, $0) }
      }
    }
    return promotions.filter { stops[$0.id] == $0.epoch }.map(\.id)
  }

  /// Takes in that a trial stopped after an epoch, or ended.
  /// - Returns: the trials that are now to resume.
  mutating func report(_ id: String, _ state: TrialState, _ last: EpochRecord?) -> [String] {
    guard let trial = trials[id], state != .skipped else { return [] }
    if state == .stopped {
      guard let last else { return [] }
      stops[id] = last.epoch
    }
    let value = state == .failed ? nil : last.map(search.objectiveValue)
    return strategy.report(
      SearchResult(
        id: id, trial: trial, epoch: last?.epoch ?? 0, value: value ?? .infinity,
        hasEnded: state != .stopped))
  }
}
