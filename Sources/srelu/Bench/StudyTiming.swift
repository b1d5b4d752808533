import Experiments
import Foundation
import Reports

/// A study's duration and its parts.
struct StudyTiming: Codable {
  struct Entry: Codable {
    var architecture: String
    var activation: String
    var seed: UInt64
    var status: TrialState
    /// Why it failed or was skipped.
    var reason: String?
    /// Seconds of the whole trial.
    var seconds: Double
    /// Seconds of its epochs: training steps, and scoring the test set after each.
    var epochSeconds: Double
    /// The remaining seconds: start-up, and scoring both sets at the end.
    var scoringSeconds: Double

    enum CodingKeys: String, CodingKey {
      case architecture, activation, seed, status, reason, seconds
      case epochSeconds = "epoch_seconds"
      case scoringSeconds = "scoring_seconds"
    }

    init(_ summary: TrialSummary, epochs: [EpochRecord]) {
      architecture = summary.architecture
      activation = summary.activation
      seed = summary.seed
      status = summary.status
      reason = summary.reason
      seconds = summary.seconds
      epochSeconds = epochs.reduce(0) { $0 + $1.seconds }
      scoringSeconds = max(0, summary.seconds - epochSeconds)
    }
  }

  /// Wall-clock seconds in all: data, training, evaluation, files.
  var seconds: Double
  var ranks: Int
  var ranksPerTrial: Int
  /// Finished trials only.
  var trialsPerHour: Double
  /// Over all trials.
  var epochSeconds: Double
  /// Over all trials.
  var scoringSeconds: Double
  var trials: [Entry]

  enum CodingKeys: String, CodingKey {
    case seconds, ranks, trials
    case ranksPerTrial = "ranks_per_trial"
    case trialsPerHour = "trials_per_hour"
    case epochSeconds = "epoch_seconds"
    case scoringSeconds = "scoring_seconds"
  }

  /// - Parameter epochs: by trial id.
  init(
    seconds: Double, ranks: Int, ranksPerTrial: Int, trials: [TrialSummary],
    epochs: [String: [EpochRecord]]
  ) {
    self.seconds = seconds
    self.ranks = ranks
    self.ranksPerTrial = ranksPerTrial
    self.trials = trials.map { Entry($0, epochs: epochs[$0.id] ?? []) }
    let finished = trials.count { $0.status == .finished }
    trialsPerHour = seconds > 0 ? Double(finished) / seconds * 3600 : 0
    epochSeconds = self.trials.reduce(0) { $0 + $1.epochSeconds }
    scoringSeconds = self.trials.reduce(0) { $0 + $1.scoringSeconds }
  }

  var text: String {
    let heads = ["trial", "seconds", "epochs [s]", "scoring [s]"]
    let rows = trials.map { trial in
      ["\(trial.architecture) \(trial.activation) seed \(trial.seed)"]
        + [trial.seconds, trial.epochSeconds, trial.scoringSeconds].map {
          String(format: "%.2f", $0)
        }
    }
    let failures = trials.compactMap { trial in
      trial.reason.map { "\(trial.architecture) \(trial.activation): \($0)\n" }
    }
    return alignedTable([heads] + rows) + failures.joined()
      + String(
        format: "\n%d trials on %d ranks, %d per trial: %.2f s, %.0f trials per hour", trials.count,
        ranks, ranksPerTrial, seconds, trialsPerHour)
  }
}
