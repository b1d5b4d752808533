import Foundation

/// What a study's folder holds beside the trials of a config: which of them have finished, and which
/// finished trials are others, because some setting differs. Those count for nothing in it.
package struct EarlierTrials {
  /// Finished trials that differ from those of the config in the same settings.
  package struct Others: Codable, Hashable {
    var trials: Int
    /// In what, with both values: `training.epochs 1 instead of 2`.
    var differences: [String]
  }

  /// The config's trials that have finished there.
  package let finished: Int
  /// The others that have.
  package let others: [Others]
  private let planned: Int
  private let folder: String

  /// - Parameters:
  ///   - endings: how the trials in the folder ended, by id.
  ///   - before: the config that they were trained with last; nil where it can't be read.
  package init(
    _ config: StudyConfig, folder: String, endings: [String: TrialSummary], before: StudyConfig?
  ) {
    self.folder = folder
    let trials = config.trials
    planned = trials.count + config.trialsToCome
    let done = endings.values.filter { $0.status == .finished }
    let ids: Set<String> = done.isEmpty ? [] : Set(trials.map(\.id))
    finished = done.count { ids.contains($0.id) }
    let rest = done.filter { !ids.contains($0.id) }
    guard !rest.isEmpty else {
      others = []
      return
    }
    let sources = Self.sources(config, before)
    let plan = SettingsIndex(trials.map { TrialSummary($0, status: .skipped, reason: nil) })
    var counts: [[String]: Int] = [:]
    for trial in rest {
      var differences = plan.differences(of: trial)
      if differences.isEmpty {
        differences = [sources[trial.dataset] ?? "the data set \(trial.dataset)'s source"]
      }
      counts[differences, default: 0] += 1
    }
    others = counts.map { Others(trials: $1, differences: $0) }
      .sorted { ($1.trials, $0.differences.joined()) < ($0.trials, $1.differences.joined()) }
  }

  /// Where data sets of one name come from another place than before.
  private static func sources(_ config: StudyConfig, _ before: StudyConfig?) -> [String: String] {
    var result: [String: String] = [:]
    for old in before?.datasets ?? [] {
      guard let new = config.datasets.first(where: { $0.name == old.name }), new != old else {
        continue
      }
      result[old.name] = "data set \(old.name): " + parts(old, new)
    }
    return result
  }

  private static func parts(_ old: DatasetSpec, _ new: DatasetSpec) -> String {
    guard let a = old.source, let b = new.source, a.format.name == b.format.name else {
      return "another kind of source"
    }
    return a.format.keys.compactMap { key in
      guard let a = a.values[key.key], let b = b.values[key.key], a != b else { return nil }
      return "\(key.key) \(a) instead of \(b)"
    }.joined(separator: ", ")
  }

  /// What is to be said of them; nothing where the folder holds no other finished trial.
  package var notes: [String] {
    guard !others.isEmpty else { return [] }
    let left = planned - finished
    let anew =
      left == 0
      ? "All \(planned) trials here have finished."
      : left == planned
        ? "All \(planned) trials here are trained anew."
        : "\(left) of the \(planned) trials here are trained, \(finished) have finished."
    return others.prefix(5).map { other in
      let are =
        other.trials == 1 ? "finished trial isn't one of" : "finished trials aren't among"
      return
        "\(folder): \(other.trials) \(are) those here: \(other.differences.joined(separator: "; "))."
    } + (others.count > 5 ? ["and \(others.count - 5) more kinds of such trials."] : []) + [anew]
  }
}

/// The settings of many trials, to find those that another differs from in the fewest.
private struct SettingsIndex {
  private static let keys =
    ["activation", "data set", "architecture"]
    + TrainingSpec.settings.map { "training.\($0.setting.key)" } + ["seed"]
  private let all: Set<[String]>
  /// For the settings at some places: what the others are, and with which values at these.
  private let masked: [[Int]: [[String]: Set<[String]>]]

  init(_ trials: [TrialSummary]) {
    all = Set(trials.map(Self.values))
    let places = Self.keys.indices
    // More than two settings at once are a comparison of everything with everything.
    let pairs = all.count > 5_000 ? [] : places.flatMap { a in (0..<a).map { [$0, a] } }
    var masked: [[Int]: [[String]: Set<[String]>]] = [:]
    for mask in places.map({ [$0] }) + pairs {
      for values in all {
        masked[mask, default: [:]][Self.without(mask, values), default: []]
          .insert(mask.map { values[$0] })
      }
    }
    self.masked = masked
  }

  /// The settings, one or two, in which a trial differs from some of these, with both values. None
  /// where it is like one of them.
  func differences(of trial: TrialSummary) -> [String] {
    let own = Self.values(of: trial)
    if all.contains(own) { return [] }
    for mask in masked.keys.sorted(by: { ($0.count, $1.last ?? 0) < ($1.count, $0.last ?? 0) }) {
      guard let planned = masked[mask]?[Self.without(mask, own)] else { continue }
      return mask.enumerated().map { place, key in
        let values = Set(planned.map { $0[place] }).sorted {
          $0.compare($1, options: .numeric) == .orderedAscending
        }
        let shown = values.prefix(4).joined(separator: ", ") + (values.count > 4 ? ", …" : "")
        return "\(Self.keys[key]) \(own[key]) instead of \(shown)"
      }
    }
    return ["several settings"]
  }

  /// The values of `keys` in words.
  private static func values(of trial: TrialSummary) -> [String] {
    [trial.activationSpec.label, trial.dataset, trial.architectureParameters.label]
      + TrainingSpec.settings.map { $0.value(trial.training)?.text ?? "" } + ["\(trial.seed)"]
  }

  private static func without(_ places: [Int], _ values: [String]) -> [String] {
    values.indices.filter { !places.contains($0) }.map { values[$0] }
  }
}
