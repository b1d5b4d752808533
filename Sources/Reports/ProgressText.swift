import Experiments
import Support

/// The words of a study's progress; which of them go where is the display's business.
enum ProgressText {
  /// `loss 0.3121`, `accuracy 0.8921`, `12.3k/s samples`, without what isn't known.
  static func measures(_ progress: EpochProgress) -> [String] {
    var parts = [
      "loss \(NumberText.fixed(progress.loss, digits: 4))",
      "accuracy \(NumberText.fixed(progress.accuracy, digits: 4))",
    ]
    if let rate = progress.samplesPerSecond { parts.append("\(NumberText.rate(rate)) samples") }
    return parts
  }

  /// How a trial ended, after its name.
  /// - Parameter reference: what is said in place of a reason that was told before.
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

  /// Up to this share of the predicted time the prediction says more than what was measured.
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

  /// `3/10`, the first number as wide as the second.
  static func epoch(_ progress: EpochProgress) -> String {
    let last = String(progress.epochs)
    return "epoch " + String(progress.epoch).padded(to: last.count, atEnd: false) + "/\(last)"
  }

  /// The share of all the trial's steps that are done, as a bar of `width` columns, to an eighth of
  /// a column.
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
