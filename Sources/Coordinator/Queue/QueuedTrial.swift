import Experiments

/// A trial as the queue needs it.
package struct QueuedTrial: Hashable, Sendable, Identifiable {
  /// `Trial.id`, computed once.
  package let id: String
  package let label: String
  /// Expected seconds on one group, which decide the order.
  package let cost: Double
  package let trial: Trial

  /// A trial with its expected cost.
  /// - Parameter cost: non-finite or negative ones, as from a damaged journal, count as 0.
  package init(_ trial: Trial, cost: Double) {
    self.init(id: trial.id, label: trial.label, cost: cost, trial: trial)
  }

  package init(id: String, label: String, cost: Double, trial: Trial) {
    self.id = id
    self.label = label
    self.cost = cost.isFinite ? max(0, cost) : 0
    self.trial = trial
  }
}
