import Experiments
import Testing

/// What right configs mean.
@Suite struct ConfigParsingTests {
  @Test func bareNamesAreThePapersSettings() throws {
    let config = try parse(
      """
      datasets: [mnist, fashion-mnist, wdbc]
      architectures: [ffnn, cnn]
      exclude: [{dataset: wdbc, architecture: cnn}]
      activations: [relu, leaky-relu, prelu, elu, gelu, srelu, sigmoid, tanh]
      """)
    #expect(config.architectures == [.ffnn, .cnn])
    #expect(
      config.activations.map(\.parameters) == [
        [:], ["slope": 0.01], ["slope": 0.25], ["alpha": 1], [:], ["alpha": 1, "beta": 0.1], [:],
        [:],
      ])
    #expect(
      config.training
        == StudyConfig.TrainingAxes(epochs: ["mnist": [10], "fashion-mnist": [10], "wdbc": [100]]))
    #expect(config.seeds == [0])
    #expect(config.ranksPerTrial == 1 && config.threadsPerRank == 1)
    #expect(config.whenDataMissing == .refuse)
    #expect(config.name == "test")
    #expect(config.trials.count == 8 * 5)
  }

  @Test func anyScalarMayBeAnAxis() throws {
    let config = try parse(
      """
      datasets: [mnist]
      architectures:
        - ffnn: {hidden: [[512, 512], [256]], dropout: [0, 0.3]}
        - cnn: {kernel: [3, 5], padding: [valid, same], filters: [[8], [8, 16]], hidden: [64]}
      activations: [srelu: {alpha: [1, 2], beta: [0.05, 0.1, 0.25]}]
      seeds: {first: 7, count: 3}
      training: {learning-rate: [0.001, 0.01], batch-size: [32, 64, 128], epochs: [1, 2]}
      """)
    #expect(config.architectures.count == 4 + 8)
    #expect(config.activations.count == 6)
    #expect(config.seeds == [7, 8, 9])
    let count = 12 * 6 * 3 * 2 * 3 * 2
    #expect(config.trials.count == count)
    #expect(config.trialCount == count)
    #expect(Set(config.trials.map(\.id)).count == count)
    #expect(Set(config.trials.map(\.cellID)).count == count / 3)
    #expect(config.architectures[1] == ArchitectureSpec(kind: .ffnn, hidden: [512, 512]))
    #expect(
      config.architectures[4]
        == ArchitectureSpec(kind: .cnn, hidden: [64], filters: [8], kernel: 3))
  }

  @Test func seedsByDataSet() throws {
    let config = try parse(
      """
      name: several
      datasets: [mnist, wdbc]
      architectures: [ffnn]
      activations: [relu]
      seeds: {wdbc: {first: 3, count: 20}, default: [1, 2]}
      """)
    #expect(config.seeds(dataset: "mnist", architecture: .cnn) == [1, 2])
    #expect(
      config.seeds(dataset: "wdbc", architecture: .ffnn) == (3..<23).map { UInt64($0) })
    #expect(config.trials.count == 22)
    #expect(config.trialCount == 22)
    #expect(config.trials.filter { $0.dataset.name == "mnist" }.map(\.seed) == [1, 2])
    let again = try parse(config.yaml)
    #expect(again == config)
  }

  /// A data set's seeds go before a network's, these before the default.
  @Test func seedsByNetwork() throws {
    let config = try parse(
      """
      name: several
      datasets: [mnist, wdbc]
      architectures: [ffnn, cnn]
      exclude: [{dataset: wdbc, architecture: cnn}]
      activations: [relu]
      seeds: {wdbc: [7, 8, 9], ffnn: [1, 2], default: 5}
      """)
    #expect(config.trials.map(\.seed) == [1, 2, 5, 7, 8, 9])
    #expect(config.trialCount == 6)
    #expect(try parse(config.yaml) == config)
  }

  @Test func trialsComeInTheOrderOfTheConfig() throws {
    let config = try parse(
      """
      datasets: [wdbc, mnist]
      architectures: [ffnn]
      activations: [tanh, elu]
      seeds: [5, 1]
      """)
    #expect(
      config.trials.map(\.label) == [
        "tanh wdbc ffnn seed 5", "tanh wdbc ffnn seed 1", "elu wdbc ffnn seed 5",
        "elu wdbc ffnn seed 1", "tanh mnist ffnn seed 5", "tanh mnist ffnn seed 1",
        "elu mnist ffnn seed 5", "elu mnist ffnn seed 1",
      ])
  }

  @Test func exclusionsMatchEveryNameTheyGive() throws {
    let config = try parse(
      """
      datasets: [mnist, wdbc]
      architectures: [ffnn, cnn]
      activations: [relu, elu]
      exclude:
        - {dataset: wdbc, architecture: cnn}
        - {activation: [elu, gelu], architecture: cnn}
      """)
    #expect(
      config.trials.map(\.cellLabel) == [
        "relu mnist ffnn", "elu mnist ffnn", "relu mnist cnn", "relu wdbc ffnn", "elu wdbc ffnn",
      ])
  }

  @Test func epochsMayDifferByDataSet() throws {
    let config = try parse(
      """
      datasets: [mnist, wdbc, {name: mine, idx: a}]
      architectures: [ffnn]
      activations: [relu]
      training: {epochs: {fashion-mnist: 9, wdbc: [5, 6], default: 2}}
      """)
    let epochs = ["mnist", "wdbc", "mine"].map { config.training.values(of: \.epochs, on: $0) }
    #expect(epochs == [[2], [5, 6], [2]])
    #expect(config.trials.map(\.training.epochs) == [2, 5, 6, 2])
  }

  @Test func paddedConvolutionsTakeWDBC() throws {
    let config = try parse(
      "datasets: [wdbc]\narchitectures: [cnn: {padding: same}]\nactivations: [relu]")
    #expect(config.trials.map(\.label) == ["relu wdbc cnn(padding=same) seed 0"])
  }

  @Test func overridesReplaceAndAdd() throws {
    let config = try parse(
      minimalYAML + "\ntraining: {epochs: {mnist: 10}}",
      overrides: [
        "training.epochs.mnist=1", "training.batch-size=[32, 64]", "seeds={first: 3, count: 2}",
        "activations=srelu", "datasets=[mnist, wdbc]",
      ])
    #expect(config.training.values(of: \.epochs, on: "mnist") == [1])
    #expect(config.training.values(of: \.epochs, on: "wdbc") == [100])
    #expect(config.training.values(of: \.batchSize) == [32, 64])
    #expect(config.seeds == [3, 4])
    #expect(config.activations.map(\.name) == ["srelu"])
  }

  @Test func laterOverridesWin() throws {
    let config = try parse(minimalYAML, overrides: ["seeds=1", "seeds=2"])
    #expect(config.seeds == [2])
  }

  @Test func aConfigMayConsistOfOverrides() throws {
    let config = try parse(
      "", overrides: ["datasets=mnist", "architectures=cnn", "activations=relu"])
    #expect(config.trials.map(\.label) == ["relu mnist cnn seed 0"])
  }

  @Test(arguments: [
    ("training.batch-size=0", "training.batch-size"), ("training.epoch=1", "training.epoch"),
    ("seeds=[1, ", "seeds"), ("seeds=", "seeds"), ("seeds", ""), ("=1", ""), ("a..b=1", ""),
    ("datasets.mnist=1", "datasets.mnist"),
  ])
  func wrongOverridesAreNamedByTheirNumber(override: String, key: String) throws {
    let found = problems(minimalYAML, overrides: ["name=fine", override])
    #expect(found.count == 1)
    let problem = try #require(found.first)
    #expect(problem.location == ConfigLocation(source: "--set 2"))
    #expect(problem.key == key)
  }

  @Test func writtenStudyReadsBackAsTheSame() throws {
    let config = try parse(
      """
      datasets: [mnist, {name: mine, idx: 'a "b": #c'}, {name: "123", csv: ü.csv, label: "yes"}]
      architectures: [ffnn: {hidden: [[9], [8, 7]], dropout: [0, 1e-3]}, cnn: {padding: same}]
      activations: [relu, prelu: {slope: [0.25, 0.5]}, srelu: {beta: 1e-7}]
      exclude: [{dataset: "123", architecture: cnn}, {activation: relu, dataset: mine}]
      seeds: {first: 18446744073709551600, count: 16}
      training: {epochs: {default: [3, 4], mnist: 1}, learning-rate: [0.1, 0.00001], precision: [fp32, bf16]}
      ranks-per-trial: 2
      threads-per-rank: 3
      gradient-exchange: allreduce
      when-data-missing: skip
      """)
    let again = try StudyConfig(yaml: config.yaml, file: "study.yaml", baseDirectory: "/other")
    #expect(again == config)
    #expect(again.digest == config.digest)
    #expect(again.yaml == config.yaml)
  }

  @Test func digestIsThatOfTheTrialsAndTheName() throws {
    let config = try parse(minimalYAML)
    let ways = try parse(
      minimalYAML + "\nranks-per-trial: 4\ngradient-exchange: allreduce\n"
        + "when-data-missing: skip\nseeds: 0\nexclude: [{dataset: wdbc}]")
    #expect(config.digest == ways.digest)
    #expect(config.digest.count == 64)
    #expect(try config.digest != parse(minimalYAML, overrides: ["seeds=1"]).digest)
    #expect(try config.digest != parse(minimalYAML, overrides: ["name=other"]).digest)
  }
}
