import Experiments
import Foundation
import Support

/// How far a study is.
package struct StudyStatus: Codable {
  package struct Entry: Codable {
    var id: String
    var label: String
    var state: String
    var epoch: Int?
    var epochs: Int
    var reason: String?
    var testAccuracy: Double?

    enum CodingKeys: String, CodingKey {
      case id, label, state, epoch, epochs, reason
      case testAccuracy = "test_accuracy"
    }
  }

  package var study: String
  package var done: Int
  package var failed: Int
  package var stopped: Int
  package var skipped: Int
  package var running: Int
  package var waiting: Int
  /// Whether a coordinator is at work on it.
  package var isOpen: Bool
  /// Whether the last run died at it: what was running then is waiting.
  package var wasCutOff: Bool
  /// Grows with every epoch and checkpoint that is gone on from.
  package var progress: Int
  /// Seconds that its finished runs took.
  package var seconds: Double
  /// Seconds that its last run took; nil while it goes on, and where it was cut off.
  package var lastRunSeconds: Double?
  /// Seconds that its last run was thought to take.
  package var predictedSeconds: Double?
  package var trials: [Entry]
  /// What is wrong with the files of the first trial that is damaged.
  package var firstDamage: DamagedTrialFile?
  /// How many configurations the search asks for, and how many of them differ; nil without a search.
  package var configurationsAsked: Int?
  package var configurationsDifferent: Int?
  private var draws: String?

  enum CodingKeys: String, CodingKey {
    case study, done, failed, stopped, skipped, running, waiting, progress, seconds, trials
    case configurationsAsked = "configurations_asked"
    case configurationsDifferent = "configurations_different"
    case isOpen = "is_open"
    case wasCutOff = "was_cut_off"
    case lastRunSeconds = "last_run_seconds"
    case predictedSeconds = "predicted_seconds"
  }

  /// - Parameter checksFiles: whether trials count as finished only if their files are what was
  ///   written, which all are read for.
  package init(_ reader: StudyReader, checksFiles: Bool = false) throws {
    let config = try reader.study()
    // Looked at before and after: a run may begin or end meanwhile.
    let wasHeld = FolderLock.isHeld(reader.folder)
    let state = try reader.state()
    isOpen = state.isOpen && (wasHeld || FolderLock.isHeld(reader.folder))
    if checksFiles { try reader.check(config, against: state) }
    let damages = checksFiles ? reader.damages(config, state) : [:]
    firstDamage = config.trials.lazy.compactMap { damages[$0.id] }.first
    wasCutOff = state.isOpen && !isOpen
    let running = isOpen ? state.running : [:]
    let halves = config.search?.method == .asha
    trials = config.trials.map { trial in
      // What was stopped early goes on in a study that stops nothing early.
      let ending = state.endings[trial.id].flatMap { $0.status == .stopped && !halves ? nil : $0 }
      let epochs = state.epochs[trial.id] ?? []
      let isStarted = running[trial.id] != nil
      if let damage = damages[trial.id] {
        return Entry(
          id: trial.id, label: trial.label, state: Self.damaged, epochs: trial.training.epochs,
          reason: "\(damage.path): \(damage.reason)")
      }
      return Entry(
        id: trial.id, label: trial.label,
        state: isStarted ? "running" : Self.name(of: ending?.status),
        epoch: epochs.last?.epoch, epochs: trial.training.epochs, reason: ending?.reason,
        testAccuracy: ending?.test?.accuracy ?? epochs.last?.testAccuracy)
    }
    let drawn = config.draws
    configurationsAsked = drawn?.asked
    configurationsDifferent = drawn?.different
    draws = drawn?.text
    let counts = Dictionary(grouping: trials, by: \.state).mapValues(\.count)
    study = config.name
    done = counts["done"] ?? 0
    failed = counts["failed"] ?? 0
    stopped = counts["stopped"] ?? 0
    skipped = counts["skipped"] ?? 0
    self.running = counts["running"] ?? 0
    // What is damaged is trained again.
    waiting = (counts["waiting"] ?? 0) + (counts[Self.damaged] ?? 0)
    progress = state.progress
    seconds = state.seconds
    lastRunSeconds = state.lastSeconds
    predictedSeconds = state.predicted
  }

  /// The state of a trial that finished, and whose files aren't what was written.
  private static let damaged = "damaged"

  package static func name(of status: TrialStatus?) -> String {
    switch status {
    case nil: "waiting"
    case .finished: "done"
    case .failed: "failed"
    case .stopped: "stopped"
    case .skipped: "skipped"
    }
  }

  /// Whether every trial has finished, or was stopped by a search.
  package var isComplete: Bool { running + waiting + failed + skipped == 0 }

  /// How many trials are in each state, for a reader of the report.
  package var standing: String {
    let states = [
      (done, "finished"), (running, "running"), (waiting, "waiting"), (failed, "failed"),
      (stopped, "stopped"), (skipped, "skipped"),
    ]
    let parts = states.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return
      "Of \(trials.count) trials: \(parts.joined(separator: ", ")). What follows is about those "
      + "that have finished."
  }

  package var exitCode: Support.ExitCode {
    running + waiting > 0 ? .interrupted : failed > 0 ? .someTrialsFailed : .done
  }

  package var text: String {
    var lines = [
      "study \(study): \(done) done, \(running) running, \(waiting) waiting, \(failed) failed, "
        + "\(stopped) stopped, \(skipped) skipped"
    ]
    if let draws { lines.append("  \(draws)") }
    if let predictedSeconds {
      let took = lastRunSeconds.map {
        String(format: ", and took %.1f s; all runs took %.1f s", $0, seconds)
      }
      lines.append(
        String(format: "  the last run was predicted to take %.1f s", predictedSeconds)
          + (took ?? ""))
    }
    if wasCutOff {
      lines.append(
        "  nobody is at work: the last run was cut off; the same command goes on from here")
    }
    let skips = Dictionary(grouping: trials.filter { $0.state == "skipped" }) { $0.reason ?? "" }
    var said: Set<String> = []
    // The first trial that failed for a reason says it.
    var failures: [String: String] = [:]
    for trial in trials where trial.state != "waiting" {
      // What was skipped for one reason is one line, at the first of them.
      if trial.state == "skipped", let others = skips[trial.reason ?? ""], others.count > 1 {
        guard said.insert(trial.reason ?? "").inserted else { continue }
        let reason = trial.reason.map { ": \($0)" } ?? ""
        lines.append("  skipped  \(others.count) trials, the first \(trial.label)\(reason)")
        continue
      }
      let epoch =
        ["running", "stopped"].contains(trial.state)
        ? " epoch \(trial.epoch ?? 0)/\(trial.epochs)" : ""
      let accuracy = trial.testAccuracy.map { " test accuracy \(Self.percent($0))" } ?? ""
      var reason = trial.reason.map { ": \($0)" } ?? ""
      if trial.state == "failed", let why = trial.reason {
        if let first = failures[why] { reason = ": for the same reason as \(first)" }
        failures[why] = failures[why] ?? trial.label
      }
      lines.append("  \(trial.state)\(epoch)  \(trial.label)\(accuracy)\(reason)")
    }
    return lines.joined(separator: "\n")
  }

  private static func percent(_ share: Double) -> String {
    String(format: "%.2f %%", share * 100)
  }
}
