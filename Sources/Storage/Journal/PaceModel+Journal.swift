import Experiments

extension PaceModel {
  /// A model that has learnt from a study's journal, if there is one: from finished trials, and from the
  /// epochs of others that have begun.
  package init(
    _ assumed: ScalingModel, _ trials: [Trial], _ costs: StudyCosts, earlier state: JournalState?
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
