import Experiments
import Foundation
import Reports

/// Texts that must not do anything, wherever they come up.
let hostileNames = [
  "<script>alert(1)</script>", "\" onmouseover=\"alert(1)", "'><img src=x onerror=alert(1)>",
  // A quote and an angle bracket that a combining mark hides from whoever looks at characters.
  "\"\u{301} onmouseover=alert(1)", "<\u{338}script>alert(1)</script>", "</title></style></script>",
  "{{title}} {{{policy}}}", "`rm -rf /` $(reboot) '; system('reboot')", "\u{202E}gnp.exe",
  String(repeating: "ab ", count: 100), "活性化関数 Ωμέγα ألف",
]

/// Studies with made-up numbers.
enum SmallStudy {
  /// ReLU and SReLU on data sets of these names.
  static func of(names: [String], seeds: Int = 3) -> ReportedStudy {
    let activations = ["relu", "srelu"].compactMap {
      ActivationCatalogue.entry(named: $0)?.resolved()
    }
    let trials = names.flatMap { name in
      activations.flatMap { activation in
        (0..<seeds).map { result(name, activation, seed: $0) }
      }
    }
    let results = StudyResults(
      name: names[0], activations: activations, trialCount: trials.count, trials: trials)
    return ReportedStudy(
      analysis: StudyAnalysis(results), folder: names[0], config: "name: \(names[0])\n",
      provenance: [(names[0], names[0])], standing: names[0], isComplete: false, isSearch: true)
  }

  private static func result(
    _ name: String, _ activation: ActivationSpec, seed: Int
  ) -> StudyResults.TrialResult {
    let trial = Trial(
      dataset: DatasetSpec(name: name), architecture: .ffnn, activation: activation,
      training: TrainingSpec(epochs: 2), seed: UInt64(seed))
    let accuracy = 0.9 + 0.01 * Double(seed) + (activation.name == "srelu" ? 0.002 : 0)
    let scores = ClassificationScores(
      loss: 0.25, accuracy: accuracy, precision: 0.5, recall: 0.5, f1: accuracy)
    let epochs = (1...2).map {
      EpochRecord(
        epoch: $0, trainLoss: 1, trainAccuracy: 0.5, testLoss: 1 / Double($0), testAccuracy: 0.5,
        seconds: 1)
    }
    let outcome = TrialOutcome(
      test: scores, train: scores, confusion: ConfusionMatrix(rows: [[5, 2], [1, 7]]),
      classNames: [name, "other"], epochs: epochs, ranks: 1, seconds: 2)
    var summary = TrialSummary(trial, outcome)
    summary.reason = name
    return StudyResults.TrialResult(
      summary: summary, epochs: epochs, confusion: outcome.confusion,
      classNames: outcome.classNames)
  }
}

/// A folder that is gone afterwards.
func inFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("report-\(UUID().uuidString)").path
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}
