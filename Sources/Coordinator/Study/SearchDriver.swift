import Experiments
import Storage

/// What a search that stops trials early asks for: after which epoch a trial pauses, and which of those
/// that have paused go on.
struct SearchDriver {
  private let search: SearchSpec
  private var halving: SuccessiveHalving
  /// For each trial that was stopped, its last epoch then.
  private var stops: [String: Int] = [:]

  /// The driver of a study's search; nil where nothing is stopped early.
  init?(_ plan: StudyPlan) {
    guard let search = plan.config.search, let halving = plan.halving else { return nil }
    self.search = search
    self.halving = halving
  }

  /// The epoch after which a trial pauses; nil where it goes to its end.
  func pauseAfter(_ trial: QueuedTrial) -> Int? {
    let epoch = halving.nextStop(id: trial.id, after: stops[trial.id] ?? 0)
    return epoch < trial.trial.training.epochs ? epoch : nil
  }

  /// Takes in where trials were stopped in earlier runs, in order.
  /// - Returns: those that were to go on from there and haven't come to the next rung since.
  mutating func replay(_ past: [JournalState.Stop]) -> [String] {
    var promotions: [(id: String, epoch: Int)] = []
    for stop in past {
      promotions += stopped(stop.trial, stop.record).compactMap { id in
        stops[id].map { (id, $0) }
      }
    }
    return promotions.filter { stops[$0.id] == $0.epoch }.map(\.id)
  }

  /// A trial was stopped after an epoch.
  /// - Returns: those that go on because of it.
  mutating func stopped(_ id: String, _ record: EpochRecord) -> [String] {
    stops[id] = record.epoch
    return halving.report(
      id: id, epoch: record.epoch, value: search.objectiveValue(of: record))
  }
}
