import Experiments

/// A trial with what the queue needs to know of it.
public struct QueuedTrial: Hashable, Sendable, Identifiable {
  /// `Trial.id`, computed once.
  public let id: String
  /// `Trial.label`: the trial in one line.
  public let label: String
  /// Expected seconds on one group: decides who goes first.
  public let cost: Double
  /// The configuration.
  public let trial: Trial

  /// A trial with its expected work.
  /// - Parameter cost: what is no number of seconds, as a damaged journal may bring about, counts as 0.
  public init(_ trial: Trial, cost: Double) {
    self.init(id: trial.id, label: trial.label, cost: cost, trial: trial)
  }

  /// A trial by its parts.
  public init(id: String, label: String, cost: Double, trial: Trial) {
    self.id = id
    self.label = label
    self.cost = cost.isFinite ? max(0, cost) : 0
    self.trial = trial
  }
}
