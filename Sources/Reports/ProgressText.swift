import Experiments
import Support

enum ProgressText {
  /// Returns `epoch  3/10`, `loss 0.3121`, `accuracy 0.8921`, `12.3k/s samples`.
  /// - Parameter rate: training samples per second over all ranks of the trial; nil at an epoch's end.
  static func progress(
    _ trial: Trial, epoch: Int, loss: Double, accuracy: Double, rate: Double? = nil
  ) -> [String] {
    let last = String(trial.training.epochs)
    return [
      "epoch " + String(epoch).padded(to: last.count, atEnd: false) + "/\(last)",
      "loss \(NumberText.fixed(loss, digits: 4))",
      "accuracy \(NumberText.fixed(accuracy, digits: 4))",
    ] + (rate.map { ["\(NumberText.rate($0)) samples"] } ?? [])
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

  /// Returns the share of a trial's steps that are done as a bar of `width` columns, to 1/8 column.
  static func bar(_ share: Double, width: Int) -> String {
    let share = share.isFinite ? min(max(share, 0), 1) : 0
    let eighths = Int((share * Double(width * 8)).rounded(.down))
    let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    let text = String(repeating: "█", count: eighths / 8) + partial
    return text.padded(to: width)
  }
}
