import Experiments

/// Sees each event as it happens, with how far the study is. Called on the coordinator's thread, which
/// dispatches no trials meanwhile: it should be quick.
package typealias StudyObserver = @Sendable (StudyEvent, StudyCounts) -> Void

/// What a study is to run, where, and who watches.
package struct StudyPlan: Sendable {
  package var config: StudyConfig
  package var folder: String
  /// All its trials that are known beforehand, with their costs; those that the folder already has are
  /// left out by the coordinator.
  package var trials: [QueuedTrial]
  /// Estimates the costs of trials that a search proposes later.
  package var price: @Sendable ([Trial]) -> [QueuedTrial] = { $0.map { QueuedTrial($0, cost: 0) } }
  /// The reason why a trial can't run; nil if it can.
  package var obstacle: @Sendable (QueuedTrial) -> String?
  /// Seconds that a trial takes on the given number of groups together, where groups of one rank may join; nil
  /// where they don't.
  package var secondsOnGroups: (@Sendable (QueuedTrial, Int) -> Double)?
  /// How long trials take, which is learnt on from their epochs and decides who goes first; nil where
  /// the trials' costs are all there is.
  package var pace: StudyPace?
  /// Whether trials that failed in earlier runs are run again.
  package var retriesFailed: Bool
  /// Whether the folder may be another user's.
  package var allowsForeignFolder = false
  /// What the run is made with, by name, for the journal.
  package var environment: [String: String] = [:]
  /// Receives trials before any event names them.
  package var introduce: @Sendable ([QueuedTrial]) -> Void = { _ in }
  package var observer: StudyObserver

  package init(
    config: StudyConfig, folder: String, trials: [QueuedTrial], retriesFailed: Bool = true,
    obstacle: @escaping @Sendable (QueuedTrial) -> String? = { _ in nil },
    observer: @escaping StudyObserver = { _, _ in }
  ) {
    self.config = config
    self.folder = folder
    self.trials = trials
    self.obstacle = obstacle
    self.retriesFailed = retriesFailed
    self.observer = observer
  }
}

extension StudyPlan {
  /// The plan with the trials that its search proposed in earlier runs.
  func knowing(_ proposals: [String: [Int: [String: Double]]]) -> StudyPlan {
    var plan = self
    plan.config = config.proposing(proposals)
    if plan.config.proposedCount > config.proposedCount {
      let known = Set(trials.map(\.id))
      plan.trials += price(plan.config.trials).filter { !known.contains($0.id) }
    }
    return plan
  }
}

extension StudyConfig {
  /// Stand-ins for the trials that the search has yet to propose.
  package func trialsToCome(_ price: ([Trial]) -> [QueuedTrial]) -> [QueuedTrial] {
    let priced = price(standIns)
    return (0..<configurationsToCome).flatMap { index in
      priced.map { trial in
        QueuedTrial(
          id: "\(trial.id) \(index)", label: trial.label, cost: trial.cost, trial: trial.trial)
      }
    }
  }
}
