import Experiments
import Foundation
import Support

package struct StudyStatus: Encodable {
  package struct Entry: Encodable {
    var id: String
    var label: String
    var state: TrialState
    var epoch: Int?
    var epochs: Int
    var reason: String?
    var testAccuracy: Double?

    enum CodingKeys: String, CodingKey {
      case id, label, state, epoch, epochs, reason
      case testAccuracy = "test_accuracy"
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(id, forKey: .id)
      try container.encode(label, forKey: .label)
      try container.encode(state.word, forKey: .state)
      try container.encodeIfPresent(epoch, forKey: .epoch)
      try container.encode(epochs, forKey: .epochs)
      try container.encodeIfPresent(reason, forKey: .reason)
      try container.encodeIfPresent(testAccuracy, forKey: .testAccuracy)
    }
  }

  package var study: String
  /// The trials by state, without times.
  package var counts: StudyCounts
  package var isOpen: Bool
  /// Whether the last run died; the trials that were running are waiting.
  package var wasCutOff: Bool
  /// Grows with every finished epoch and every resumed checkpoint.
  package var progress: Int
  /// Seconds of the runs that ended in order.
  package var seconds: Double
  /// Seconds of the last run; nil while it continues and if it died.
  package var lastRunSeconds: Double?
  /// Predicted seconds of the last run.
  package var predictedSeconds: Double?
  package var trials: [Entry]
  package var firstDamage: DamagedTrialFile?
  private var draws: SearchDraws?

  enum CodingKeys: String, CodingKey {
    case study, progress, seconds, trials
    case configurationsAsked = "configurations_asked"
    case configurationsDifferent = "configurations_different"
    case configurationsProposed = "configurations_proposed"
    case isOpen = "is_open"
    case wasCutOff = "was_cut_off"
    case lastRunSeconds = "last_run_seconds"
    case predictedSeconds = "predicted_seconds"
  }

  package func encode(to encoder: any Encoder) throws {
    // Flattened into the same object.
    try counts.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(study, forKey: .study)
    try container.encode(progress, forKey: .progress)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(trials, forKey: .trials)
    try container.encodeIfPresent(draws?.asked, forKey: .configurationsAsked)
    try container.encodeIfPresent(draws?.different, forKey: .configurationsDifferent)
    try container.encodeIfPresent(draws?.proposed, forKey: .configurationsProposed)
    try container.encode(isOpen, forKey: .isOpen)
    try container.encode(wasCutOff, forKey: .wasCutOff)
    try container.encodeIfPresent(lastRunSeconds, forKey: .lastRunSeconds)
    try container.encodeIfPresent(predictedSeconds, forKey: .predictedSeconds)
  }

  /// - Parameter checksFiles: whether finished trials must have undamaged files, all of which are
  ///   read.
  package init(_ reader: StudyReader, checksFiles: Bool = false) throws {
    let now = try reader.snapshot()
    if checksFiles { try reader.check(now.study, against: now.state) }
    self.init(
      now.study, now.state, isOpen: now.isOpen,
      damages: checksFiles ? reader.damages(now.study, now.state) : [:])
  }

  /// - Parameters:
  ///   - isOpen: whether a coordinator is running.
  ///   - damages: the damage to finished trials' files, by trial id.
  package init(
    _ config: StudyConfig, _ state: JournalState, isOpen: Bool,
    damages: [String: DamagedTrialFile] = [:]
  ) {
    let all = config.trials
    let names = TrialNames(all.lazy.map { Block($0) })
    trials = all.map {
      Entry($0, names.label(of: $0), state, damages[$0.id], config, isOpen: isOpen)
    }
    firstDamage = trials.lazy.compactMap { damages[$0.id] }.first
    counts = StudyCounts(trials.map(\.state))
    counts.waiting += config.trialsToCome
    self.isOpen = isOpen
    wasCutOff = state.isOpen && !isOpen
    draws = config.draws
    study = config.name
    progress = state.progress
    seconds = state.seconds
    lastRunSeconds = state.lastSeconds
    predictedSeconds = state.predicted
  }

  package var isComplete: Bool { counts.left + counts.failed + counts.skipped == 0 }

  private static let order: [TrialState] = [
    .finished, .running, .waiting, .failed, .stopped, .skipped,
  ]

  package var standing: String {
    let parts = Self.order.filter { counts[$0] > 0 }.map { "\(counts[$0]) \($0.rawValue)" }
    return
      "Of \(counts.total) trials: \(parts.joined(separator: ", ")). What follows is about those "
      + "that have finished."
  }

  package var text: String {
    let phrases = counts.phrases(Self.order, always: Set(Self.order))
    var lines = ["study \(study): \(phrases.joined(separator: ", "))"]
    if let draws = draws?.text { lines.append("  \(draws)") }
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
        "  nothing is running: the last run was cut off; run the same command again to resume")
    }
    let skips = Dictionary(grouping: trials.filter { $0.state == .skipped }) { $0.reason ?? "" }
    var said: Set<String> = []
    // Each reason is given once, with the first trial that failed for it.
    var failures: [String: String] = [:]
    for trial in trials where trial.state != .waiting {
      // Trials skipped for the same reason share one line, at the first of them.
      if trial.state == .skipped, let others = skips[trial.reason ?? ""], others.count > 1 {
        guard said.insert(trial.reason ?? "").inserted else { continue }
        let reason = trial.reason.map { ": \($0)" } ?? ""
        lines.append("  skipped  \(others.count) trials, the first \(trial.label)\(reason)")
        continue
      }
      let epoch =
        [.running, .stopped].contains(trial.state)
        ? " epoch \(trial.epoch ?? 0)/\(trial.epochs)" : ""
      let accuracy = trial.testAccuracy.map { " test accuracy \(Self.percent($0))" } ?? ""
      var reason = trial.reason.map { ": \($0)" } ?? ""
      if trial.state == .failed, let why = trial.reason {
        if let first = failures[why] { reason = ": for the same reason as \(first)" }
        failures[why] = failures[why] ?? trial.label
      }
      lines.append("  \(trial.state.word)\(epoch)  \(trial.label)\(accuracy)\(reason)")
    }
    return lines.joined(separator: "\n")
  }

  private static func percent(_ share: Double) -> String {
    String(format: "%.2f %%", share * 100)
  }
}

extension StudyStatus.Entry {
  fileprivate init(
    _ trial: Trial, _ label: String, _ journal: JournalState, _ damage: DamagedTrialFile?,
    _ config: StudyConfig, isOpen: Bool
  ) {
    id = trial.id
    self.label = label
    epochs = trial.training.epochs
    if let damage {
      state = .damaged
      reason = "\(damage.path): \(damage.reason)"
      return
    }
    let halves = config.stopsEarly
    state = journal.state(of: id, isOpen: isOpen, halves: halves)
    // A rerun stopped trial keeps its ending until the next.
    let ending = journal.endings[id].flatMap { $0.status == .stopped && !halves ? nil : $0 }
    let last = journal.epochs[id]?.last
    epoch = last?.epoch
    reason = ending?.reason
    testAccuracy = ending?.test?.accuracy ?? last?.testAccuracy
  }
}
