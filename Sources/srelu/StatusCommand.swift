import ArgumentParser
import Experiments
import Foundation

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Says how far a study is, from its folder; also while it runs.",
    discussion: "Exit code 0: all trials are done; 1: some failed; 75: some are left.")

  @Argument(help: ArgumentHelp("The study's folder, such as runs/paper.", valueName: "run"))
  var folder: String

  @Flag(help: "JSON instead of text.")
  var json = false

  func run() throws {
    let status = try StudyStatus(StudyReader(folder: folder))
    print(json ? JSONText.pretty(status) : status.text)
    throw ArgumentParser.ExitCode(status.exitCode.rawValue)
  }
}

/// How far a study is.
struct StudyStatus: Codable {
  struct Entry: Codable {
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

  var study: String
  var finished: Int
  var failed: Int
  var skipped: Int
  var started: Int
  var waiting: Int
  var trials: [Entry]

  init(_ reader: StudyReader) throws {
    let config = try reader.study()
    let state = try reader.state()
    trials = config.trials.map { trial in
      let ending = state.endings[trial.id]
      let epochs = state.epochs[trial.id] ?? []
      let isStarted = state.running[trial.id] != nil
      return Entry(
        id: trial.id, label: trial.label,
        state: isStarted ? "started" : ending?.status.rawValue ?? "waiting",
        epoch: epochs.last?.epoch, epochs: trial.training.epochs, reason: ending?.reason,
        testAccuracy: ending?.test?.accuracy ?? epochs.last?.testAccuracy)
    }
    let counts = Dictionary(grouping: trials, by: \.state).mapValues(\.count)
    study = config.name
    finished = counts["finished"] ?? 0
    failed = counts["failed"] ?? 0
    skipped = counts["skipped"] ?? 0
    started = counts["started"] ?? 0
    waiting = counts["waiting"] ?? 0
  }

  var exitCode: Experiments.ExitCode {
    started + waiting > 0 ? .interrupted : failed > 0 ? .someTrialsFailed : .done
  }

  var text: String {
    var lines = [
      "study \(study): \(finished) finished, \(failed) failed, \(skipped) skipped, "
        + "\(started) started, \(waiting) waiting"
    ]
    for trial in trials where trial.state != "waiting" {
      let epoch = trial.state == "started" ? " epoch \(trial.epoch ?? 0)/\(trial.epochs)" : ""
      let accuracy = trial.testAccuracy.map { " test accuracy \(Self.percent($0))" } ?? ""
      let reason = trial.reason.map { ": \($0)" } ?? ""
      lines.append("  \(trial.state)\(epoch)  \(trial.label)\(accuracy)\(reason)")
    }
    return lines.joined(separator: "\n")
  }

  private static func percent(_ share: Double) -> String {
    String(format: "%.2f %%", share * 100)
  }
}
