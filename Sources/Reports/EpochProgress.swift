import Experiments
import Support

/// Where a running trial stands, as its line says it.
struct EpochProgress {
  /// The epoch, counted from 1.
  let epoch: Int
  /// Epochs that the trial will train.
  let epochs: Int
  /// Share of the epoch's steps that are done, 0 to 1.
  let fraction: Double
  /// Mean loss per sample.
  let loss: Double
  /// Share of samples classified correctly.
  let accuracy: Double
  /// Training samples per second over all ranks of the trial; nil at an epoch's end.
  let samplesPerSecond: Double?

  /// Within an epoch.
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
  /// What tells it apart in its line of the progress, in columns, without control characters.
  var nameParts: [String] {
    [activation.label, dataset.name, architecture.label, "seed \(seed)"].map(\.onOneLine)
  }

  /// The same in one line.
  var nameLine: String { nameParts.joined(separator: " ") }
}
