import Experiments
import Foundation
import Models
import Testing

@Suite struct TrialIdentityTests {
  /// The id was made from the text below with `sha256sum`, so that neither can change unseen: ids
  /// name folders of results that exist.
  @Test func idIsTheHashOfTheCanonicalText() {
    let text =
      #"{"activation":{"name":"srelu","parameters":{"alpha":1,"beta":0.1}},"#
      + #""architecture":{"dropout":0.3,"hidden":[512,512],"kind":"ffnn"},"#
      + #""dataset":{"name":"mnist","source":"builtin"},"seed":0,"#
      + #""training":{"batch_size":128,"epochs":10,"learning_rate":0.001,"optimizer":"adam"}}"#
    #expect(paperTrial.canonicalConfiguration == text)
    #expect(paperTrial.id == "517d2d9d463fcfc0")
  }

  /// One study, written in different ways.
  @Test(arguments: [
    "{datasets: mnist, architectures: ffnn, activations: srelu, training: {epochs: 10}}",
    "{activations: [srelu], datasets: [mnist], architectures: [ffnn]}",
    """
    seeds: [0]
    activations:
      - srelu: {beta: 1e-1, alpha: 1}
    training: {epochs: {mnist: 10}, batch-size: 128, learning-rate: 0.0010}
    architectures: [ffnn: {dropout: 0.30, hidden: [512, 512]}]
    datasets: ["mnist"]
    """,
    """
    datasets: [mnist]
    architectures:
      - ffnn:
    activations:
      - srelu:
          alpha: 1.0
    training: {learning-rate: 1.0e-3, optimizer: adam, epochs: {default: 10}}
    threads-per-rank: 4
    name: another
    """,
  ])
  func spellingDoesNotCount(yaml: String) throws {
    #expect(try parse(yaml).trials.map(\.id) == [paperTrial.id])
  }

  /// Trials that differ from the paper's in one thing each.
  static let variations: [Trial] = {
    var trials: [Trial] = []
    func vary(_ change: (inout Trial) -> Void) {
      var trial = paperTrial
      change(&trial)
      trials.append(trial)
    }
    vary { $0.seed = 1 }
    vary { $0.seed = .max }
    vary { $0.training.precision = .bf16 }
    vary { $0.dataset.name = "wdbc" }
    vary { $0.dataset.source = DataSource(IDXFormat(), ["idx": .text("/a")]) }
    vary { $0.dataset.source = DataSource(IDXFormat(), ["idx": .text("/b")]) }
    vary {
      $0.dataset.source = DataSource(
        CSVFormat(), ["csv": .text("/a"), "label": .text("y"), "test-fraction": .number(0.2)])
    }
    vary {
      $0.dataset.source = DataSource(
        CSVFormat(), ["csv": .text("/a"), "label": .text("z"), "test-fraction": .number(0.2)])
    }
    vary {
      $0.dataset.source = DataSource(
        CSVFormat(), ["csv": .text("/a"), "label": .text("y"), "test-fraction": .number(0.25)])
    }
    vary { $0.architecture.hidden = [512] }
    vary { $0.architecture.hidden = [51, 2512] }
    vary { $0.architecture.dropout = 0 }
    vary { $0.architecture = .cnn }
    vary { $0.architecture = ArchitectureSpec(kind: .cnn, filters: [32], kernel: 3) }
    vary { $0.architecture = ArchitectureSpec(kind: .cnn, filters: [32, 64], kernel: 5) }
    vary {
      $0.architecture = ArchitectureSpec(
        kind: .cnn, filters: [32, 64], kernel: 3, padding: .same)
    }
    vary { $0.activation = ActivationSpec(name: "relu") }
    vary { $0.activation.parameters["beta"] = (0.1).nextUp }
    vary { $0.activation.parameters["alpha"] = 2 }
    vary { $0.training.learningRate = 0.002 }
    vary { $0.training.batchSize = 127 }
    vary { $0.training.epochs = 11 }
    vary { $0.training.optimizer.parameters = ["epsilon": .number(1e-8)] }
    return trials
  }()

  @Test func everySettingCounts() {
    let ids = (Self.variations + [paperTrial]).map(\.id)
    #expect(Set(ids).count == Self.variations.count + 1)
    for id in ids {
      #expect(id.count == 16)
      #expect(id.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    }
  }

  @Test func onlyTheSeedIsLeftOutOfTheCell() {
    let sameCell = Self.variations.filter { $0.cellID == paperTrial.cellID }
    #expect(sameCell.map(\.seed) == [1, .max])
    #expect(paperTrial.cellID != paperTrial.id)
  }

  /// Numbers drawn at random: their shortest text gives the same trial again.
  @Test func idSurvivesTheWayThroughYAMLAndJSON() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let beta = Double.random(in: 0...100, using: &generator)
      let rate = Double(
        sign: .plus, exponent: Int.random(in: -40 ... -1), significand: 1 + beta / 200)
      let seed = UInt64.random(in: 0...UInt64.max, using: &generator)
      let config = try parse(
        """
        datasets: [mnist]
        architectures: [ffnn]
        activations: [srelu: {beta: \(beta)}]
        seeds: [\(seed)]
        training: {learning-rate: \(rate)}
        """)
      let trial = try #require(config.trials.first)
      #expect(trial.activation.parameters["beta"] == beta)
      #expect(trial.training.learningRate == rate && trial.seed == seed)
      let data = try JSONEncoder().encode(trial)
      #expect(try JSONDecoder().decode(Trial.self, from: data).id == trial.id)
      let again = try StudyConfig(yaml: config.yaml, file: "study.yaml", baseDirectory: "/")
      #expect(again.trials.map(\.id) == [trial.id])
    }
  }

  @Test func labelsShowWhatDiffersFromThePaper() throws {
    let trials = try parse(
      """
      datasets: [fashion-mnist]
      architectures: [cnn, cnn: {hidden: [64, 32], dropout: 0.5}]
      activations: [srelu: {beta: 0.25}, prelu]
      training: {batch-size: 64}
      """
    ).trials
    #expect(
      trials.map(\.label) == [
        "srelu(beta=0.25) fashion-mnist cnn batch-size=64 seed 0",
        "prelu fashion-mnist cnn batch-size=64 seed 0",
        "srelu(beta=0.25) fashion-mnist cnn(hidden=64-32,dropout=0.5) batch-size=64 seed 0",
        "prelu fashion-mnist cnn(hidden=64-32,dropout=0.5) batch-size=64 seed 0",
      ])
    #expect(trials[0].activation.displayLabel == "SReLU(α=1, β=0.25)")
    #expect(trials[0].activation.shortDisplayLabel == "SReLU(β=0.25)")
    #expect(paperTrial.activation.displayLabel == "SReLU(α=1, β=0.1)")
    #expect(paperTrial.activation.shortDisplayLabel == "SReLU")
    #expect(ActivationSpec(name: "gelu").displayLabel == "GELU")
  }

  @Test func trialFilesHaveSnakeCaseKeys() throws {
    var trial = paperTrial
    trial.dataset.source = DataSource(
      CSVFormat(), ["csv": .text("/a"), "label": .text("y"), "test-fraction": .number(0.25)])
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(trial), as: UTF8.self)
    for key in ["learning_rate", "batch_size", "test_fraction"] {
      #expect(text.contains("\"\(key)\":"))
    }
    #expect(try JSONDecoder().decode(Trial.self, from: Data(text.utf8)) == trial)
  }
}
