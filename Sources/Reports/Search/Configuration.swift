import Experiments

extension SearchSpec.Objective {
  /// The objective in words; smaller is better.
  var title: String {
    switch self {
    case .testLoss: "test loss"
    case .testAccuracy: "test error"
    case .trainLoss: "training loss"
    }
  }

  /// Returns the value after an epoch; smaller is better.
  func value(_ record: EpochRecord) -> Double {
    switch self {
    case .testLoss: record.testLoss
    case .testAccuracy: 1 - record.testAccuracy
    case .trainLoss: record.trainLoss
    }
  }
}

/// A cell, as a search ranks it.
struct Configuration {
  let activation: ActivationSpec
  let block: Block
  /// The trials with at least one epoch that didn't fail.
  let trials: [StudyResults.TrialResult]
  /// Mean objective over the trials after the last epoch of each; smaller is better.
  let objective: Double
  /// Mean test accuracy after the same epochs.
  let accuracy: Double
  /// Range of the numbers of epochs trained.
  let epochs: ClosedRange<Int>

  /// nil where no trial has a finite value.
  init?(_ cell: Cell, by objective: SearchSpec.Objective) {
    trials = cell.trials.filter { $0.summary.status != .failed && !$0.epochs.isEmpty }
    guard
      let value = SampleStatistics(trials.compactMap { $0.epochs.last.map(objective.value) })?.mean,
      let accuracy = SampleStatistics(trials.compactMap { $0.epochs.last?.testAccuracy })?.mean,
      value.isFinite, let least = trials.map(\.epochs.count).min(),
      let most = trials.map(\.epochs.count).max()
    else { return nil }
    activation = cell.activation
    block = cell.block
    self.objective = value
    self.accuracy = accuracy
    epochs = least...most
  }

  /// The settings in words: `SReLU(β=0.07), rate 0.0012, batch 128`.
  var label: String {
    "\(activation.shortDisplayLabel), rate \(NumberText.setting(block.training.learningRate)), "
      + "batch \(block.training.batchSize)\(others)"
  }

  /// Settings that differ from their defaults and aren't in every table of a search.
  var others: String {
    block.training.values
      .filter { setting, value in
        !["learning-rate", "batch-size", "epochs"].contains(setting.key)
          && value != setting.defaultValue
      }
      .map { ", \($0.phrase(for: $1))" }.joined()
  }
}

struct ConfigurationGroup {
  /// `mnist × ffnn`.
  let label: String
  /// All trials, in order of ending.
  let trials: [StudyResults.TrialResult]
  /// The configurations, in the config's order.
  let configurations: [Configuration]

  /// Returns the groups, one per data set and network, in the study's order.
  /// - Parameter order: ids of trials in order of ending; the others come after them.
  static func all(
    _ results: StudyResults, by objective: SearchSpec.Objective, order: [String]
  ) -> [ConfigurationGroup] {
    let rank = Dictionary(zip(order, order.indices), uniquingKeysWith: { $1 })
    let place = Dictionary(
      results.trials.enumerated().map { ($1.summary.id, $0) }, uniquingKeysWith: { a, _ in a })
    return results.groups.map { group in
      let ended = group.cells.flatMap(\.trials).map { trial in
        (trial, rank: rank[trial.summary.id] ?? order.count, place: place[trial.summary.id] ?? 0)
      }.sorted { ($0.rank, $0.place) < ($1.rank, $1.place) }
      return ConfigurationGroup(
        label: group.label, trials: ended.map(\.0),
        configurations: group.cells.compactMap { Configuration($0, by: objective) })
    }
  }

  var ranked: [Configuration] { configurations.sorted { $0.objective < $1.objective } }

  /// Names of searched activations: those with several configurations, in the config's order.
  var searched: [String] {
    configurations.grouped { $0.activation.name }.filter { $0.elements.count > 1 }.map(\.key)
  }

  var baselines: [Configuration] {
    let searched = Set(searched)
    return configurations.filter { !searched.contains($0.activation.name) }
  }
}
