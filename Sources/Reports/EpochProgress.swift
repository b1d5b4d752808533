import Experiments
import Support

/// A running trial's progress, as its line shows it.
struct EpochProgress {
  /// The epoch, counted from 1.
  let epoch: Int
  /// Epochs to train.
  let epochs: Int
  /// Share of the epoch's steps done, 0 to 1.
  let fraction: Double
  /// Mean loss per sample.
  let loss: Double
  /// Share of samples classified correctly.
  let accuracy: Double
  /// Training samples per second over all ranks of the trial; nil at an epoch's end.
  let samplesPerSecond: Double?

  init(_ trial: Trial, _ progress: TrialProgress) {
    epoch = progress.epoch
    epochs = trial.training.epochs
    fraction = progress.fraction * Double(epochs) - Double(progress.epoch - 1)
    loss = progress.loss
    accuracy = progress.accuracy
    samplesPerSecond = progress.samplesPerSecond
  }

  /// At the end of an epoch, on the test set.
  init(_ trial: Trial, _ record: EpochRecord) {
    epoch = record.epoch
    epochs = trial.training.epochs
    fraction = 1
    loss = record.testLoss
    accuracy = record.testAccuracy
    samplesPerSecond = nil
  }
}

extension Trial {
  /// What distinguishes the trial in its progress line, in columns, without control characters.
  var nameParts: [String] {
    [activation.label, dataset.name, architecture.label, "seed \(seed)"].map(\.onOneLine)
  }

  var nameLine: String { nameParts.joined(separator: " ") }
}
