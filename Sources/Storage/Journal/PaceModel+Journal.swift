import Experiments

extension PaceModel {
  /// Takes in what a study's journal says: finished trials, and the epochs of those that are under way
  /// or were given up.
  package mutating func learn(_ trials: [Trial], _ costs: StudyCosts, from state: JournalState) {
    for trial in trials {
      // A hash: computed once.
      let id = trial.id
      guard let cost = costs[trial, id: id] else { continue }
      if let ending = state.endings[id], ending.status == .finished {
        learn(trial, cost, ranks: ending.ranks, seconds: ending.seconds)
      } else if let ranks = state.ranks[id] {
        for epoch in state.epochs[id] ?? [] {
          learn(trial, cost, ranks: ranks, epoch: epoch)
        }
      }
    }
  }
}
