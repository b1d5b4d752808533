import Coordinator
import Experiments
import Storage

extension PaceModel {
  /// Takes in what a study's journal says: finished trials, and the epochs of those that are under way
  /// or were given up.
  mutating func learn(_ trials: [Trial], _ costs: [String: TrialCost], from state: JournalState) {
    for trial in trials {
      guard let cost = costs[trial.id] else { continue }
      if let ending = state.endings[trial.id], ending.status == .finished {
        learn(trial, cost, ranks: ending.ranks, seconds: ending.seconds)
      } else if let ranks = state.ranks[trial.id] {
        for epoch in state.epochs[trial.id] ?? [] {
          learn(trial, cost, ranks: ranks, epoch: epoch)
        }
      }
    }
  }
}
