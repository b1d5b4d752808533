import Experiments
import Foundation
import Testing

/// A study with made-up numbers.
struct MadeUp {
  var dataset = "mnist"
  var names = ["relu", "gelu", "srelu"]
  var seeds = 8
  var testToTrain: Double?
  /// Test accuracy of an activation and a seed.
  var accuracy: (String, Int) -> Double = { _, _ in 0.9 }
  /// Test F1; nil for the accuracy.
  var f1: ((String, Int) -> Double)?
  /// Train minus test accuracy.
  var gap: (String, Int) -> Double = { _, _ in 0.01 }
  /// Test loss of an epoch.
  var loss: (String, Int, Int) -> Double = { _, seed, epoch in 1 / Double(epoch + seed + 1) }
  var dead: (String) -> Int = { _ in 0 }
  var observesLayers = true
  var stepSeconds: (String, Int) -> Double = { _, _ in 0.01 }
  var besideOthers: (String, Int) -> Bool = { _, _ in false }
  /// Samples of the test set, whose confusion matrix agrees with the accuracy then.
  var testCount: Int64?

  var analysis: StudyAnalysis {
    let activations = names.compactMap { ActivationCatalogue.entry(named: $0)?.resolved() }
    let trials = activations.flatMap { activation in
      (0..<seeds).map { result(activation, seed: $0) }
    }
    return StudyAnalysis(
      StudyResults(
        name: "made-up", activations: activations, trialCount: trials.count, trials: trials,
        testToTrain: testToTrain.map { [dataset: $0] } ?? [:]))
  }

  private func result(_ activation: ActivationSpec, seed: Int) -> StudyResults.TrialResult {
    let trial = Trial(
      dataset: DatasetSpec(name: dataset), architecture: .ffnn, activation: activation,
      training: TrainingSpec(epochs: 6), seed: UInt64(seed))
    let value = accuracy(activation.name, seed)
    func scores(_ accuracy: Double) -> ClassificationScores {
      ClassificationScores(
        loss: 0.1, accuracy: accuracy, precision: accuracy, recall: accuracy,
        f1: f1?(activation.name, seed) ?? accuracy)
    }
    let layer = LayerRecord(
      layer: "fc1", units: 512, deadUnits: dead(activation.name), saturatedShare: 0, mean: 0,
      standardDeviation: 1, gradientNorm: 1)
    let epochs = (1...6).map { epoch in
      EpochRecord(
        epoch: epoch, trainLoss: 1, trainAccuracy: 1, testLoss: loss(activation.name, seed, epoch),
        testAccuracy: value, seconds: 1, stepSeconds: stepSeconds(activation.name, seed),
        layers: observesLayers ? [layer] : [])
    }
    let counts = testCount.map { count in
      let right = Int64((value * Double(count)).rounded())
      return [[right, count - right], [0, 0]]
    }
    let confusion = ConfusionMatrix(rows: counts ?? [[1, 0], [0, 1]])
    let outcome = TrialOutcome(
      test: scores(value), train: scores(value + gap(activation.name, seed)),
      confusion: confusion, classNames: ["a", "b"], epochs: epochs,
      ranks: 1, seconds: 6)
    return StudyResults.TrialResult(
      summary: TrialSummary(trial, outcome), epochs: epochs, confusion: outcome.confusion,
      classNames: outcome.classNames, ranBesideOthers: besideOthers(activation.name, seed))
  }

  func verdict(_ id: String) throws -> Verdict {
    try #require(analysis.claims.first { $0.id == id }).verdict
  }
}

/// SReLU ahead of the others by so much, and a spread that all seeds share.
func ahead(by size: Double, noise: Double = 0) -> (String, Int) -> Double {
  { name, seed in
    // Another small number for each name and seed, so that no two differences are equal.
    let own = Double((seed * 7 + name.count * 3) % 11) * 1e-5
    return 0.9 + Double(seed) * 0.001 + own
      + (name == "srelu" ? size + (seed % 2 == 0 ? noise : -noise) : 0)
  }
}

extension MadeUp {
  /// A rising number for each seed and name, SReLU's lower by a share or by turns.
  static func falling(
    by share: Double, noise: Double = 0
  ) -> (String, Int) -> Double {
    { name, seed in
      let turn = seed.isMultiple(of: 2) ? noise : -noise
      return 0.02 + Double(seed) * 0.001 + Double((seed * 5 + name.count) % 7) * 1e-5
        - (name == "srelu" ? share + turn : 0)
    }
  }

  static func losses(
    by share: Double, noise: Double = 0
  ) -> (String, Int, Int) -> Double {
    let shift = falling(by: share, noise: noise)
    return { name, seed, epoch in 0.1 / Double(epoch) + shift(name, seed) }
  }

  static func wdbc(
    seeds: Int = 8, _ accuracy: @escaping (String, Int) -> Double
  ) -> MadeUp {
    MadeUp(dataset: "wdbc", seeds: seeds, testToTrain: 0.25, accuracy: accuracy)
  }
}
