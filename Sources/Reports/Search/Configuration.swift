import Experiments

extension SearchSpec.Objective {
  /// In words, for a value that is better the smaller it is.
  var title: String {
    switch self {
    case .testLoss: "test loss"
    case .testAccuracy: "test error"
    case .trainLoss: "training loss"
    }
  }

  /// The value after an epoch; smaller is better.
  func value(_ record: EpochRecord) -> Double {
    switch self {
    case .testLoss: record.testLoss
    case .testAccuracy: 1 - record.testAccuracy
    case .trainLoss: record.trainLoss
    }
  }
}

/// A cell as a search ranks it.
struct Configuration {
  /// The activation.
  let activation: ActivationSpec
  /// The settings.
  let block: Block
  /// The trials that were trained for an epoch or more and didn't fail.
  let trials: [StudyResults.TrialResult]
  /// Mean objective over the trials after the last epoch of each; smaller is better.
  let objective: Double
  /// Mean test accuracy at the same moment.
  let accuracy: Double
  /// Epochs that the trials reached.
  let epochs: ClosedRange<Int>

  /// nil where no trial has a number to show.
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

  /// Settings that aren't at their defaults, beside those that every table of a search has.
  var others: String {
    block.training.values
      .filter { setting, value in
        !["learning-rate", "batch-size", "epochs"].contains(setting.key)
          && value != setting.defaultValue
      }
      .map { ", \($0.phrase(for: $1))" }.joined()
  }
}

/// The configurations of one data set and network.
struct ConfigurationGroup {
  /// `mnist × ffnn`.
  let label: String
  /// All trials, in the order in which they ended.
  let trials: [StudyResults.TrialResult]
  /// The configurations, in the order of the config.
  let configurations: [Configuration]

  /// Each data set and network of a study, in its order.
  /// - Parameter order: ids of trials as they ended; the others come after them.
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

  /// The best first.
  var ranked: [Configuration] { configurations.sorted { $0.objective < $1.objective } }

  /// Names of activations with several configurations, in the order of the config: what was searched.
  var searched: [String] {
    configurations.grouped { $0.activation.name }.filter { $0.elements.count > 1 }.map(\.key)
  }

  /// The configurations of all other activations.
  var baselines: [Configuration] {
    let searched = Set(searched)
    return configurations.filter { !searched.contains($0.activation.name) }
  }
}
