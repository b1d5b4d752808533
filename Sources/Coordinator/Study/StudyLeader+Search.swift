import Experiments

/// Which trials a search stops, and which go on.
extension StudyLeader {
  func pauseAfter(_ trial: QueuedTrial) -> Int? {
    guard let halving else { return nil }
    let epoch = halving.nextStop(id: trial.id, after: stops[trial.id] ?? 0)
    return epoch < trial.trial.training.epochs ? epoch : nil
  }

  /// What earlier runs of the search came to: whoever was to go on then goes on now.
  func replayStops() {
    guard let search = plan.config.search, var halving, let past = books?.stops else { return }
    var promotions: [(id: String, epoch: Int)] = []
    for stop in past where queue.trial(stop.trial) != nil {
      stops[stop.trial] = stop.record.epoch
      promotions += halving.report(
        id: stop.trial, epoch: stop.record.epoch, value: search.objectiveValue(of: stop.record)
      ).compactMap { id in stops[id].map { (id, $0) } }
    }
    self.halving = halving
    // Not those that have come to the next rung since.
    for (id, epoch) in promotions where stops[id] == epoch { _ = queue.promote(id) }
  }

  /// A trial has come to a rung: that is written down before anyone goes on because of it.
  func pause(_ trial: QueuedTrial, group: Int, seconds: Double) throws {
    let ranks = ranksPerTrial * max(1, queue.team(of: trial.id).count)
    guard queue.stop(trial.id, group: group, at: clock.seconds()) == .accepted,
      let record = books?.lastEpoch(of: trial)
    else { return }
    let reason = "after epoch \(record.epoch) of \(trial.trial.training.epochs)"
    endings.append(
      Ending(
        trial: trial,
        summary: TrialSummary(
          trial.trial, status: .stopped, reason: reason, ranks: ranks, seconds: seconds)))
    try settle()
    guard queue.state(of: trial.id) == .stopped, let search = plan.config.search else { return }
    stops[trial.id] = record.epoch
    let value = search.objectiveValue(of: record)
    for id in halving?.report(id: trial.id, epoch: record.epoch, value: value) ?? [] {
      _ = queue.promote(id)
    }
  }
}
