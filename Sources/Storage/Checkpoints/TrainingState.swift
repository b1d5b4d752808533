import Experiments

/// How far a trial is: all that, together with the parameters and the optimizer's slots, decides what comes
/// next. Random numbers are functions of the seed and these counters, so nothing of theirs is kept.
public struct TrainingState: Hashable, Codable, Sendable {
  /// The trial.
  public var trial: String
  /// Optimizer steps taken, over all epochs.
  public var step = 0
  /// The epoch under way, counted from 1; one more than the trial has when all are done.
  public var epoch = 1
  /// Batches of that epoch taken.
  public var batch = 0
  /// Loss of the samples of these batches, added up.
  public var lossSum = 0.0
  /// How many of them were classified correctly.
  public var correctSum = 0.0
  /// Mean loss of the last batch.
  public var lastLoss: Double?
  /// Seconds that the trial has taken.
  public var seconds = 0.0
  /// Seconds that the epoch under way has taken.
  public var epochSeconds = 0.0
  /// The finished epochs.
  public var records: [EpochRecord] = []

  /// The beginning of a trial.
  public init(trial: String) { self.trial = trial }
}
