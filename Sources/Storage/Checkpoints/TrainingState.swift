import Experiments

/// A trial's position, which together with the parameters and the optimizer's slots determines the
/// rest. Random numbers are functions of the seed and these counters and need no state.
package struct TrainingState: Hashable, Codable, Sendable {
  package var trial: String
  /// Optimizer steps taken, over all epochs.
  package var step = 0
  /// The current epoch, counted from 1; one more than the trial has when all are done.
  package var epoch = 1
  /// Batches of that epoch that are done.
  package var batch = 0
  /// Summed loss over the samples of these batches.
  package var lossSum = 0.0
  /// How many of those samples were classified correctly.
  package var correctSum = 0.0
  /// Mean loss of the last batch.
  package var lastLoss: Double?
  /// Seconds that the trial took until here.
  package var seconds = 0.0
  /// Seconds that the current epoch took until here.
  package var epochSeconds = 0.0
  package var records: [EpochRecord] = []

  package init(trial: String) { self.trial = trial }
}
