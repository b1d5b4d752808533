import Experiments

/// A trial's position, which together with the parameters and the optimizer's slots determines the
/// rest. Random numbers are functions of the seed and these counters and need no state.
public struct TrainingState: Hashable, Codable, Sendable {
  /// The trial's id.
  public var trial: String
  /// Optimizer steps taken, over all epochs.
  public var step = 0
  /// The current epoch, counted from 1; one more than the trial has when all are done.
  public var epoch = 1
  /// Batches of that epoch that are done.
  public var batch = 0
  /// Summed loss over the samples of these batches.
  public var lossSum = 0.0
  /// How many of those samples were classified correctly.
  public var correctSum = 0.0
  /// Mean loss of the last batch.
  public var lastLoss: Double?
  /// Seconds that the trial took until here.
  public var seconds = 0.0
  /// Seconds that the current epoch took until here.
  public var epochSeconds = 0.0
  /// The finished epochs.
  public var records: [EpochRecord] = []

  /// The start of a trial.
  public init(trial: String) { self.trial = trial }
}
