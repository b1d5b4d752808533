import Experiments
import Models
import Support
import Testing

/// Sizes and numbers that a config, or a damaged file, can say, and no machine takes.
@Suite struct ExtremeTests {
  private func trial(hidden: [Int], batch: Int = 128, epochs: Int = 1) -> Trial {
    Trial(
      dataset: DatasetSpec(name: "mnist"),
      architecture: ArchitectureSpec(kind: .ffnn, hidden: hidden),
      activation: ActivationSpec(name: "relu"),
      training: TrainingSpec(batchSize: batch, epochs: epochs), seed: 0)
  }

  private let shape = DatasetShape(
    input: ImageShape(height: 1, width: 10), classes: 2, trainCount: 455, testCount: 114)

  @Test(arguments: [455, 456, 1000, 10_000_000])
  func aBatchHasAllRowsAtMost(batch: Int) throws {
    let cost = try #require(TrialCost(trial(hidden: [4], batch: batch, epochs: 7), on: shape))
    #expect(cost.batchSize == 455)
    #expect(cost.steps == 7)
  }

  @Test func parametersHaveALimit() throws {
    // 65,536 · 32,766 + … is just below 2³¹, with 32,768 units above.
    let below = try #require(TrialCost(trial(hidden: [65_536, 32_000]), on: shape))
    #expect(
      below.model.parameters == 11 * 65_536 + 65_537 * 32_000 + 32_001)
    #expect(TrialCost(trial(hidden: [65_536, 32_768]), on: shape) == nil)
    #expect(TrialCost(trial(hidden: Array(repeating: 65_536, count: 100)), on: shape) == nil)
    // Products that no whole number holds.
    let kernel = 1 << 24
    let network = ArchitectureSpec(
      kind: .cnn, hidden: [1 << 24], filters: [1 << 24, 1 << 24], kernel: kernel, padding: .same)
    let image = ImageShape(height: kernel, width: kernel)
    #expect(
      ModelCost(
        architecture: network,
        activation: ActivationSpec(name: "prelu", parameters: ["slope": 0.25]), input: image,
        classes: 10)
        == nil)
  }

  /// The sample's 10 values, 4 and 3 units, and one output.
  @Test func valuesAreThoseOfEveryLayer() throws {
    let cost = try #require(TrialCost(trial(hidden: [4, 3]), on: shape))
    #expect(cost.model.values == 10 + 4 + 3 + 1)
  }

  @Test(
    arguments: [
      ("\"optimizer\":\"adam\"", "\"optimizer\":\"lion\"", "training.optimizer"),
      ("\"name\":\"mnist\"", "\"name\":\"none\"", "dataset"),
      ("\"name\":\"srelu\"", "\"name\":\"none\"", "activation"),
      ("\"beta\":0.1", "\"beta\":-1", "activation"),
      ("\"beta\":0.1", "\"gamma\":0.1", "activation"),
      ("\"learning_rate\":0.001", "\"learning_rate\":-1", "training.learning_rate"),
      ("\"learning_rate\":0.001", "\"learning_rate\":1e300", "training.learning_rate"),
    ])
  func aDamagedConfigurationIsRefused(_ right: String, _ wrong: String, _ key: String) {
    let text = paperTrial.canonicalConfiguration
    #expect((try? Trial(canonicalConfiguration: text)) == paperTrial)
    #expect(text.contains(right))
    let error = #expect(throws: ResultFileError.self) {
      try Trial(canonicalConfiguration: text.replacing(right, with: wrong))
    }
    #expect(
      error?.description.contains("\(key): a value that no trial can have") == true,
      "\(error as Any)")
  }

  @Test(arguments: [0, 1, -0.5, 1e300])
  func aShareThatIsNoneIsRefused(share: Double) {
    var trial = paperTrial
    trial.dataset = DatasetSpec(
      name: "t",
      source: DataSource(
        CSVFormat(), ["csv": .text("/t.csv"), "label": .text("y"), "test-fraction": .number(share)])
    )
    let error = #expect(throws: ResultFileError.self) {
      try Trial(canonicalConfiguration: trial.canonicalConfiguration)
    }
    #expect(error?.description.contains("dataset.test_fraction") == true)
  }

  /// What a damaged journal can say of losses.
  @Test(
    arguments: [
      [1, .nan, 2], [.infinity, 1, 2], [.infinity, -.infinity], [1.7e308, -1.7e308, 1],
      [1e-300 / 1e20, 0, 2e-300 / 1e20], [1e200, -1e200, 1e199],
    ])
  func noNumbersTrapAnInterval(values: [Double]) {
    let interval = Bootstrap.interval(values, resamples: 99)
    if values.contains(where: { !$0.isFinite }) { #expect(interval == nil) }
    if let interval { #expect(interval.lower < interval.upper) }
    _ = PairedComparison(values)
  }

  @Test func aNetworksConstantsAreBounded() {
    for text in ["1e300,1", "1,1e300", "nan,1", "-1,1", "inf,1"] {
      #expect(Interconnect(text) == nil, "\(text)")
    }
    #expect(Interconnect("30,0.9") != nil)
  }
}
