import Coordinator
import Experiments
import Foundation
import Storage

/// A small generator with a fixed sequence per seed (SplitMix64), so that a failing case replays.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// A trial that differs from others by its seed alone.
func trial(_ seed: UInt64) -> Trial {
  Trial(
    dataset: DatasetSpec(name: "wdbc"), architecture: .ffnn,
    activation: ActivationSpec(name: "relu"),
    training: TrainingSpec(epochs: 2), seed: seed)
}

func queued(_ costs: [Double]) -> [QueuedTrial] {
  costs.enumerated().map { QueuedTrial(trial(UInt64($0)), cost: $1) }
}

/// An outcome whose numbers all follow from the seed.
func outcome(_ seed: UInt64) -> TrialOutcome {
  let value = Double(seed)
  var confusion = ConfusionMatrix(classes: 2)
  confusion[0, 0] = Int64(seed)
  confusion[1, 0] = 3
  let scores = { (base: Double) in
    ClassificationScores(
      loss: base, accuracy: base / 1000, precision: 0.25, recall: 0.5, f1: 1.0 / 3)
  }
  return TrialOutcome(
    test: scores(value + 1), train: scores(value + 2), confusion: confusion,
    classNames: ["malignant", "benign"],
    epochs: [epoch(1, value).learning, epoch(2, value).learning], ranks: 1,
    seconds: 0.125)
}

extension TrialSummary {
  /// What was measured.
  var withoutFiles: TrialSummary {
    var summary = self
    summary.files = nil
    return summary
  }
}

func epoch(_ number: Int, _ value: Double) -> EpochRecord {
  EpochRecord(
    epoch: number, trainLoss: value + 0.1, trainAccuracy: 0.5, testLoss: value + 0.2,
    testAccuracy: 0.75, seconds: 0.0625)
}

extension EpochRecord {
  /// This epoch with a layer that learns its slopes.
  fileprivate var learning: EpochRecord {
    var epoch = self
    epoch.layers = [
      LayerRecord(
        layer: "fc1", units: 2, deadUnits: 1, saturatedShare: 0.5, mean: 0, standardDeviation: 1,
        gradientNorm: nil,
        learned: [LearnedRecord(parameter: "slope", mean: 0.5, minimum: 0.25, maximum: 1)])
    ]
    return epoch
  }
}

func study(_ name: String, seeds: [UInt64] = [0, 1, 2]) -> StudyConfig {
  StudyConfig(
    name: name, datasets: [DatasetSpec(name: "wdbc")], architectures: [.ffnn],
    activations: [ActivationSpec(name: "relu")], seeds: seeds,
    training: StudyConfig.TrainingAxes(epochs: ["wdbc": [2]]))
}

func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

extension Journal {
  func append(_ event: StudyEvent, time: String) throws(StudyError) {
    try append([event], time: time)
  }
}
