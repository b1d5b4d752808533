import Experiments
import Foundation
import Reports

/// A study's duration and its parts.
struct StudyTiming {
  /// Wall-clock seconds in all: data, training, evaluation, files.
  let seconds: Double
  let ranks: Int
  let ranksPerTrial: Int
  let trials: [TrialSummary]
  /// By trial id.
  let epochs: [String: [EpochRecord]]

  /// Seconds of a trial's epochs: training steps, and scoring the test set after each.
  private func epochSeconds(_ trial: TrialSummary) -> Double {
    (epochs[trial.id] ?? []).reduce(0) { $0 + $1.seconds }
  }

  /// The remaining seconds of a trial: start-up, and scoring both sets at the end.
  private func scoringSeconds(_ trial: TrialSummary) -> Double {
    max(0, trial.seconds - epochSeconds(trial))
  }

  private var trialsPerHour: Double {
    let finished = trials.count { $0.status == .finished }
    return seconds > 0 ? Double(finished) / seconds * 3600 : 0
  }

  var json: JSONObject {
    let entries = trials.map { trial -> JSONObject in
      var entry: JSONObject = [
        "architecture": trial.architecture, "activation": trial.activation, "seed": trial.seed,
        "status": trial.status, "seconds": trial.seconds, "epoch_seconds": epochSeconds(trial),
        "scoring_seconds": scoringSeconds(trial),
      ]
      if let reason = trial.reason { entry["reason"] = reason }
      return entry
    }
    return [
      "seconds": seconds, "ranks": ranks, "ranks_per_trial": ranksPerTrial,
      "trials_per_hour": trialsPerHour, "trials": entries,
      "epoch_seconds": trials.reduce(0) { $0 + epochSeconds($1) },
      "scoring_seconds": trials.reduce(0) { $0 + scoringSeconds($1) },
    ]
  }

  var text: String {
    let heads = ["trial", "seconds", "epochs [s]", "scoring [s]"]
    let rows = trials.map { trial in
      ["\(trial.architecture) \(trial.activation) seed \(trial.seed)"]
        + [trial.seconds, epochSeconds(trial), scoringSeconds(trial)].map {
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
