import Experiments
import Models
import Support
import Testing

/// A trial read back from the text that its id is the hash of.
@Suite struct TrialParsingTests {
  private static let trials: [Trial] = {
    let datasets = [
      DatasetSpec(name: "mnist"),
      DatasetSpec(name: "own", source: DataSource(IDXFormat(), ["idx": .text("/a b")])),
      DatasetSpec(
        name: "table",
        source: DataSource(
          CSVFormat(),
          ["csv": .text("/t.csv"), "label": .text("kind"), "test-fraction": .number(0.3)])),
    ]
    let architectures: [ArchitectureSpec] = [
      .ffnn, .cnn,
      ArchitectureSpec(
        kind: .cnn, hidden: [3, 4, 5], dropout: 0, filters: [7], kernel: 5, padding: .same),
    ]
    let trainings = [
      TrainingSpec(epochs: 3),
      TrainingSpec(learningRate: 1e-7, batchSize: 1, epochs: 9, precision: .bf16),
    ]
    return datasets.flatMap { dataset in
      architectures.flatMap { architecture in
        trainings.flatMap { training in
          ActivationCatalogue.entries.map { entry in
            Trial(
              dataset: dataset, architecture: architecture, activation: entry.resolved(),
              training: training, seed: UInt64.max)
          }
        }
      }
    }
  }()

  @Test func everyTrialComesBack() throws {
    #expect(Self.trials.count == 3 * 3 * 2 * ActivationCatalogue.entries.count)
    for trial in Self.trials {
      #expect(try Trial(canonicalConfiguration: trial.canonicalConfiguration) == trial)
    }
  }

  @Test(arguments: [
    ("", "expected JSON"), ("{}", "dataset: expected this key, found none"),
    (#"{"dataset":{"name":"mnist","source":"web"}}"#, "dataset.source"),
  ])
  func damageIsNamed(text: String, complaint: String) {
    let error = #expect(throws: ResultFileError.self) {
      try Trial(canonicalConfiguration: text)
    }
    #expect(error?.message.contains(complaint) == true, "\(error?.message ?? "")")
  }
}

extension TrialParsingTests {
  @Test(arguments: [
    (#""batch_size":128"#, #""batch_size":-1"#, "training.batch_size"),
    (#""epochs":3"#, #""epochs":0"#, "training.epochs"),
    (#""dropout":0.3"#, #""dropout":1"#, "architecture.dropout"),
    (#""hidden":[512,512]"#, #""hidden":[512,-512]"#, "architecture.hidden"),
    (#""kernel":3"#, #""kernel":0"#, "architecture.kernel"),
    (#""kernel":3,"#, "", "architecture.kernel"),
    (#""filters":[32,64],"#, "", "architecture.filters"),
    (#""kind":"cnn""#, #""kind":"ffnn""#, "architecture.filters"),
  ])
  func valuesOutOfRangeAreNamed(from: String, to: String, key: String) throws {
    let trial = Trial(
      dataset: DatasetSpec(name: "mnist"), architecture: .cnn,
      activation: ActivationSpec(name: "relu"), training: TrainingSpec(epochs: 3), seed: 0)
    let text = trial.canonicalConfiguration.replacing(from, with: to)
    #expect(text != trial.canonicalConfiguration)
    let error = #expect(throws: ResultFileError.self) {
      try Trial(canonicalConfiguration: text)
    }
    #expect(error?.message.hasPrefix(key) == true, "\(error?.message ?? "")")
  }
}

@Suite struct SeedAdviceTests {
  private func trials(_ dataset: String, activations: [String], seeds: Int) -> [Trial] {
    activations.compactMap { ActivationCatalogue.entry(named: $0)?.resolved() }.flatMap { f in
      (0..<seeds).map {
        Trial(
          dataset: DatasetSpec(name: dataset), architecture: .ffnn, activation: f,
          training: TrainingSpec(epochs: 1), seed: UInt64($0))
      }
    }
  }

  @Test func tooFewSeedsAreSaidBeforeTheRun() throws {
    // 2 / 2⁵ = 0.0625 is above 0.05 for one comparison already; 2 / 2⁶ is enough for one, not for two.
    let three = ["relu", "elu", "srelu"]
    let five = SeedAdvice.warnings(trials("mnist", activations: ["relu", "srelu"], seeds: 5))
    #expect(five.count == 1)
    let text = try #require(five.first)
    #expect(text.hasPrefix("mnist × ffnn: With 5 seeds nothing can be shown at 0.05"))
    #expect(text.contains("0.0625"))
    #expect(text.contains("at least 6 seeds"))
    #expect(SeedAdvice.warnings(trials("mnist", activations: ["relu", "srelu"], seeds: 6)).isEmpty)
    #expect(SeedAdvice.warnings(trials("mnist", activations: three, seeds: 6)).count == 1)
    #expect(SeedAdvice.warnings(trials("mnist", activations: three, seeds: 7)).isEmpty)
  }

  @Test func oneActivationNeedsNoSeeds() {
    #expect(SeedAdvice.warnings(trials("mnist", activations: ["srelu"], seeds: 1)).isEmpty)
    #expect(SeedAdvice.warnings([]).isEmpty)
  }

  /// Where each seed draws its own split, the corrected t test counts, which has no smallest p.
  @Test func overlappingSplitsTakeFiveSeeds() {
    let names = ["relu", "elu", "srelu"]
    #expect(SeedAdvice.warnings(trials("wdbc", activations: names, seeds: 4)).count == 1)
    #expect(SeedAdvice.warnings(trials("wdbc", activations: names, seeds: 5)).isEmpty)
  }

  @Test func shortPlacesAreNamedTogether() throws {
    let names = ["relu", "srelu"]
    let all =
      trials("mnist", activations: names, seeds: 2) + trials("wdbc", activations: names, seeds: 5)
      + trials("fashion-mnist", activations: names, seeds: 2)
    let warnings = SeedAdvice.warnings(all)
    #expect(warnings.count == 1)
    #expect(warnings.first?.hasPrefix("fashion-mnist × ffnn, mnist × ffnn: With 2 seeds") == true)
  }
}
