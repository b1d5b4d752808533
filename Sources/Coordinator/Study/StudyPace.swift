import Experiments

/// How long a study's trials take, learnt from what they take.
package struct StudyPace: Sendable {
  package private(set) var model: PaceModel
  private let costs: StudyCosts
  private let ranksPerTrial: Int

  /// A pace for trials of known arithmetic.
  /// - Parameters:
  ///   - costs: of its trials; a trial without one takes no time.
  ///   - ranksPerTrial: ranks of one group.
  package init(_ model: PaceModel, costs: StudyCosts, ranksPerTrial: Int) {
    self.model = model
    self.costs = costs
    self.ranksPerTrial = ranksPerTrial
  }

  /// Seconds that a trial takes on the given number of groups together; 0 where nothing is known of it.
  package func seconds(_ trial: QueuedTrial, groups: Int) -> Double {
    costs[trial.trial, id: trial.id].map {
      model.seconds(trial.trial, $0, ranks: groups * ranksPerTrial)
    } ?? 0
  }

  /// Trials with the seconds that each takes on one group.
  package func queued(_ trials: [Trial]) -> [QueuedTrial] {
    trials.map { trial in
      let plain = QueuedTrial(trial, cost: 0)
      return QueuedTrial(
        id: plain.id, label: plain.label, cost: seconds(plain, groups: 1), trial: trial)
    }
  }

  /// Takes in an epoch that a trial took on the given number of groups together.
  mutating func learn(_ trial: QueuedTrial, groups: Int, epoch: EpochRecord) {
    guard let cost = costs[trial.trial, id: trial.id] else { return }
    model.learn(trial.trial, cost, ranks: groups * ranksPerTrial, epoch: epoch)
  }
}
