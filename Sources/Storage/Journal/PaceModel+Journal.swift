import Experiments

extension PaceModel {
  /// A model from assumptions and from what a study's journal says, where there is one: finished trials, and
  /// the epochs of those that are under way or were given up.
  package init(
    _ assumed: ScalingModel = ScalingModel(), _ trials: [Trial], _ costs: StudyCosts,
    earlier state: JournalState?
  ) {
    self.init(assumed)
    guard let state else { return }
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
