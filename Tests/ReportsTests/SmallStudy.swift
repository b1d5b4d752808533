import Experiments
import Foundation
import Reports

/// Texts that must stay inert wherever they appear.
let hostileNames = [
  "<script>alert(1)</script>", "\" onmouseover=\"alert(1)", "'><img src=x onerror=alert(1)>",
  // Character by character, a combining mark hides this quote and this angle bracket.
  "\"\u{301} onmouseover=alert(1)", "<\u{338}script>alert(1)</script>", "</title></style></script>",
  "{{title}} {{{policy}}}", "`rm -rf /` $(reboot) '; system('reboot')", "\u{202E}gnp.exe",
  String(repeating: "ab ", count: 100), "活性化関数 Ωμέγα ألف",
]

/// Texts with a meaning in LaTeX, CSV or gnuplot.
let markedNames = [
  "over 50% income", "[0pt] *x", "*star", "a & b, \"c\"", "100%s %n", "\\input{/etc/passwd}",
  "'\u{301}; system('touch x'); '", "#1 ~ ^2_i {", "%\u{301}d",
]

/// An activation by name, with all other parameters at their defaults.
func activation(_ name: String, _ parameters: [String: Double] = [:]) -> ActivationSpec {
  ActivationCatalogue.entry(named: name)?.resolved(with: parameters) ?? ActivationSpec(name: name)
}

/// Studies with invented numbers.
enum SmallStudy {
  static func of(
    names: [String], seeds: Int = 3,
    activations: [ActivationSpec] = [activation("relu"), activation("srelu")],
    hasLayers: Bool = false
  ) -> ReportedStudy {
    let trials = names.flatMap { name in
      activations.flatMap { activation in
        (0..<seeds).map { result(name, activation, seed: $0, hasLayers: hasLayers) }
      }
    }
    return reported(names[0], activations, trials)
  }

  static func reported(
    _ name: String, _ activations: [ActivationSpec], _ trials: [StudyResults.TrialResult],
    search: SearchSpec? = nil, order: [String] = []
  ) -> ReportedStudy {
    let results = StudyResults(
      name: name, activations: activations, trialCount: trials.count, trials: trials)
    return ReportedStudy(
      analysis: StudyAnalysis(results), config: "name: \(name)\n",
      provenance: [(name, name)], standing: name, isComplete: false,
      search: search, endingOrder: order)
  }

  /// ReLU and a formula with learned parameters: two in each of two layers, and c for both layers together.
  static let learning: ReportedStudy = {
    let formula = ActivationSpec(
      name: "mine", formula: "x > 0 ? a * x : b * x + c",
      parameters: ["a": 1, "b": 0.25, "c": 0.5],
      learned: ["a": .channel, "b": .layer, "c": .network],
      bounds: ["a": ParameterBounds(minimum: 0, maximum: 8)])
    var results = of(
      names: ["mnist"], seeds: 1, activations: [activation("relu"), formula], hasLayers: true
    ).analysis.results
    for index in results.trials[1].epochs.indices {
      let shared = LearnedRecord(parameter: "c", mean: 7, minimum: 7, maximum: 7, isShared: true)
      let b = LearnedRecord(parameter: "b", mean: -1, minimum: -2, maximum: 0)
      results.trials[1].epochs[index].layers[0].learned = [
        LearnedRecord(parameter: "a", mean: 1, minimum: 0.5, maximum: 2), b, shared,
      ]
      results.trials[1].epochs[index].layers[1].learned = [
        LearnedRecord(parameter: "a", mean: 3, minimum: 2, maximum: 4), b,
      ]
    }
    return reported("learning", results.activations, results.trials)
  }()

  private static func result(
    _ name: String, _ activation: ActivationSpec, seed: Int, hasLayers: Bool
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
        seconds: 1, layers: hasLayers ? layers(activation, seed: seed) : [])
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

  /// Two layers with numbers that identify layer and seed.
  private static func layers(_ activation: ActivationSpec, seed: Int) -> [LayerRecord] {
    (1...2).map { number in
      let slope = 0.1 * Double(number) + 0.01 * Double(seed)
      return LayerRecord(
        layer: "fc\(number)", units: 10, deadUnits: number - 1, saturatedShare: 0.25,
        mean: -Double(number), standardDeviation: Double(number) + Double(seed),
        gradientNorm: 0.5 * Double(number),
        learned: activation.name == "prelu"
          ? [LearnedRecord(parameter: "slope", mean: slope, minimum: slope - 1, maximum: slope + 1)]
          : [])
    }
  }
}

/// Runs `body` in a folder that is removed afterwards.
func inFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("report-\(UUID().uuidString)").path
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}
