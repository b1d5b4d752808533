import Experiments
import Foundation
import Testing

/// The configs that come with the program.
@Suite struct ShippedConfigTests {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("configs").path

  private func config(_ name: String) throws -> StudyConfig {
    try StudyConfig(contentsOf: "\(Self.folder)/\(name).yaml")
  }

  @Test(arguments: [("quickstart", 30), ("paper", 30), ("beta-sweep", 66), ("comparison", 312)])
  func trialsAreCountedAndUnique(name: String, count: Int) throws {
    let config = try config(name)
    #expect(config.name == name)
    #expect(config.trials.count == count)
    #expect(config.trialCount == count)
    #expect(Set(config.trials.map(\.id)).count == count)
  }

  @Test func quickstartRunsOneEpochOnImagesAndSkipsMissingData() throws {
    let config = try config("quickstart")
    #expect(config.whenDataMissing == .skip)
    #expect(Set(config.activations.map(\.name)).count == 6)
    for trial in config.trials {
      #expect(trial.training.epochs == (trial.dataset.name == "wdbc" ? 100 : 1))
    }
    #expect(
      config.trials.filter { $0.dataset.name == "wdbc" }.map(\.architecture.kind)
        == Array(repeating: .ffnn, count: 6))
  }

  @Test func paperIsTheQuickstartAtFullLength() throws {
    let paper = try config("paper")
    #expect(paper.whenDataMissing == .refuse)
    let epochs = Dictionary(grouping: paper.trials, by: \.dataset.name)
      .mapValues { Set($0.map(\.training.epochs)) }
    #expect(epochs == ["mnist": [10], "fashion-mnist": [10], "wdbc": [100]])
    let same = try StudyConfig(
      contentsOf: "\(Self.folder)/quickstart.yaml",
      overrides: ["training.epochs.default=10"])
    #expect(Set(paper.trials.map(\.id)) == Set(same.trials.map(\.id)))
  }

  @Test func betaSweepHasItsBaselines() throws {
    let config = try config("beta-sweep")
    let betas = Set(config.activations.compactMap { $0.parameters["beta"] })
    #expect(betas.count >= 8)
    #expect(config.activations.map(\.name).contains("relu"))
    #expect(config.activations.map(\.name).contains("elu"))
    #expect(config.seeds.count == 3)
    #expect(Set(config.trials.map(\.cellID)).count == 22)
  }
}
