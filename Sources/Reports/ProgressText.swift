import Experiments
import Support

enum ProgressText {
  /// Returns `loss 0.3121`, `accuracy 0.8921`, `12.3k/s samples`, without unknown values.
  static func measures(_ progress: EpochProgress) -> [String] {
    var parts = [
      "loss \(NumberText.fixed(progress.loss, digits: 4))",
      "accuracy \(NumberText.fixed(progress.accuracy, digits: 4))",
    ]
    if let rate = progress.samplesPerSecond { parts.append("\(NumberText.rate(rate)) samples") }
    return parts
  }

  /// Returns how a trial ended, to follow its name.
  /// - Parameter reference: replaces a reason that was shown before.
  static func ending(_ summary: TrialSummary, reference: String? = nil) -> String {
    let reason = (summary.reason ?? "").onOneLine
    let why = reference.map { " " + $0 } ?? ": \(reason)"
    let time = NumberText.duration(summary.seconds)
    switch summary.status {
    case .finished:
      let accuracy = NumberText.fixed(summary.test?.accuracy ?? 0, digits: 4)
      return "finished: test accuracy \(accuracy), \(time)"
    case .failed: return "FAILED after \(time)\(why)"
    case .skipped, .stopped, .waiting, .running, .damaged: return summary.status.word + why
    }
  }

  /// `12 done · 2 running · 16 waiting · about 4 min 10 s left (2 min so far, 6 min predicted)`.
  static func study(_ counts: StudyCounts) -> String {
    let phrases = counts.phrases(
      [.finished, .running, .waiting, .failed, .stopped, .skipped],
      always: [.finished, .running, .waiting])
    return (phrases + [timeLeft(counts)].compactMap { $0 }).joined(separator: " · ")
  }

  /// Below this share of the predicted time, the prediction is better than the measurement.
  private static let beginning = 0.1

  private static func timeLeft(_ counts: StudyCounts) -> String? {
    guard let measured = counts.secondsLeft, counts.left > 0 else { return nil }
    guard let spent = counts.seconds, let predicted = counts.predictedSeconds, predicted > 0 else {
      return "about \(NumberText.duration(measured)) left"
    }
    guard spent >= beginning * predicted else {
      return "about \(NumberText.duration(predicted - spent)) left"
    }
    return "about \(NumberText.duration(measured)) left (\(NumberText.duration(spent)) so far, "
      + "\(NumberText.duration(predicted)) predicted)"
  }

  /// Returns `3/10`, the first number padded to the width of the second.
  static func epoch(_ progress: EpochProgress) -> String {
    let last = String(progress.epochs)
    return "epoch " + String(progress.epoch).padded(to: last.count, atEnd: false) + "/\(last)"
  }

  /// Returns the share of all the trial's steps done as a bar of `width` columns, to 1/8 column.
  static func bar(_ progress: EpochProgress, width: Int) -> String {
    let within = progress.fraction.isFinite ? min(max(progress.fraction, 0), 1) : 0
    let epochs = Double(max(progress.epochs, 1))
    let share = min(max((Double(progress.epoch - 1) + within) / epochs, 0), 1)
    let eighths = Int((share * Double(width * 8)).rounded(.down))
    let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    let text = String(repeating: "█", count: eighths / 8) + partial
    return text.padded(to: width)
  }
}

/// A running trial's progress, as its line shows it.
struct EpochProgress {
  /// The epoch, counted from 1.
  let epoch: Int
  let epochs: Int
  /// Share of the epoch's steps done, 0 to 1.
  let fraction: Double
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
