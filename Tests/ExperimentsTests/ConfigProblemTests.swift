import Experiments
import Testing

/// A config with one thing wrong, and where the message must point.
struct WrongConfig: Sendable, CustomTestStringConvertible {
  let what: String
  let yaml: String
  let line: Int?
  let key: String
  var says: [String] = []
  var testDescription: String { what }

  init(_ what: String, line: Int?, key: String, says: [String] = [], _ yaml: String) {
    self.what = what
    self.yaml = yaml
    self.line = line
    self.key = key
    self.says = says
  }

  /// The minimal config with more lines; the first of them is line 4.
  init(_ what: String, line: Int, key: String, says: [String] = [], adding lines: String) {
    self.init(what, line: line, key: key, says: says, minimalYAML + "\n" + lines)
  }

  /// The minimal config with other activations in line 3.
  init(_ what: String, key: String, says: [String] = [], activations: String) {
    self.init(
      what, line: 3, key: key, says: says,
      "datasets: [mnist]\narchitectures: [ffnn]\nactivations: \(activations)")
  }

  /// The minimal config with another network in line 2.
  init(_ what: String, key: String, says: [String] = [], architectures: String) {
    self.init(
      what, line: 2, key: key, says: says,
      "datasets: [mnist]\narchitectures: \(architectures)\nactivations: [relu]")
  }

  /// The minimal config with other data sets in line 1.
  init(_ what: String, key: String, says: [String] = [], datasets: String) {
    self.init(
      what, line: 1, key: key, says: says,
      "datasets: \(datasets)\narchitectures: [ffnn]\nactivations: [relu]\n"
        + "training: {epochs: 1}")
  }
}

@Suite struct ConfigProblemTests {
  @Test func keysInsideKeysAreRefusedAtOnce() {
    let found = problems(String(repeating: "? ", count: 101) + "x")
    #expect(found.map(\.message).joined().contains("a key must be one word"), "\(found)")
    // In a comment they are words.
    let comment = "# " + String(repeating: "why? ", count: 200) + "\n" + minimalYAML
    #expect(problems(comment).isEmpty)
  }

  @Test func theMinimalConfigIsRight() throws {
    #expect(try parse(minimalYAML).trials.count == 1)
  }

  static let structure: [WrongConfig] = [
    WrongConfig("syntax error", line: 2, key: "", "datasets: [mnist\narchitectures: [ffnn]\n"),
    WrongConfig("tab as indentation", line: 2, key: "", "training:\n\tepochs: 1\n"),
    WrongConfig("empty file", line: nil, key: "", ""),
    WrongConfig("comments only", line: nil, key: "", "# nothing\n\n"),
    WrongConfig("a list at the root", line: 1, key: "", "- mnist\n"),
    WrongConfig("a scalar at the root", line: 1, key: "", "mnist\n"),
    WrongConfig("two documents", line: 4, key: "", minimalYAML + "\n---\na: 1\n"),
    WrongConfig("key written twice", line: 4, key: "seeds", adding: "seeds: 1\nseeds: 2"),
    WrongConfig(
      "control character", line: 4, key: "", says: ["control characters"],
      adding: "name: a\u{1}b"),
    WrongConfig(
      "misspelt key", line: 4, key: "sedes", says: ["did you mean seeds?"], adding: "sedes: [1]"),
    WrongConfig(
      "underscore for hyphen", line: 5, key: "training.batch_size",
      says: ["did you mean batch-size?"], adding: "training:\n  batch_size: 3"),
    WrongConfig(
      "key at the wrong level", line: 4, key: "epochs", says: ["did you mean training.epochs?"],
      adding: "epochs: 3"),
    WrongConfig(
      "missing key", line: 1, key: "activations", "datasets: [mnist]\narchitectures: [ffnn]"),
    WrongConfig("nothing for a mapping", line: 4, key: "training", adding: "training:"),
    WrongConfig(
      "a list for a mapping", line: 4, key: "training", says: ["a list of 1 value"],
      adding: "training: [1]"),
  ]

  static let names: [WrongConfig] = [
    WrongConfig(
      "unknown activation", key: "activations[1]", says: ["did you mean gelu?"],
      activations: "[relu, gleu]"),
    WrongConfig(
      "unknown activation with parameters", key: "activations[0]", says: ["did you mean srelu?"],
      activations: "[sreul: {beta: 1}]"),
    WrongConfig("number for a name", key: "activations[0]", activations: "[3]"),
    WrongConfig("nothing for a name", key: "activations[0]", activations: "[~]"),
    WrongConfig("empty axis", key: "activations", says: ["empty list"], activations: "[]"),
    WrongConfig("activation twice", key: "activations[1]", activations: "[relu, relu]"),
    WrongConfig(
      "activation twice, once with its default", key: "activations[1]",
      says: ["activations[0]"], activations: "[elu, elu: {alpha: 1.0}]"),
    WrongConfig(
      "the same cell out of two axes", key: "activations[1]",
      activations: "[srelu: {beta: [0.1, 0.2]}, srelu: {beta: 0.2}]"),
    WrongConfig(
      "parameter of another function", key: "activations[0].srelu.slope",
      activations: "[srelu: {slope: 1}]"),
    WrongConfig(
      "parameter of none", key: "activations[0].relu.alpha", says: ["expected no keys"],
      activations: "[relu: {alpha: 1}]"),
    WrongConfig(
      "parameters indented as little as the name", line: 4, key: "activations[0]",
      says: ["indented"],
      "datasets: [mnist]\narchitectures: [ffnn]\nactivations:\n- srelu:\n  beta: 0.1"),
    WrongConfig(
      "unknown architecture", key: "architectures[0]", says: ["did you mean ffnn?"],
      architectures: "[fnn]"),
    WrongConfig("architecture twice", key: "architectures[1]", architectures: "[ffnn, ffnn: {}]"),
    WrongConfig(
      "unknown data set", key: "datasets[0]", says: ["did you mean fashion-mnist?"],
      datasets: "[fashoin-mnist]"),
    WrongConfig("data set twice", key: "datasets[1]", datasets: "[mnist, mnist]"),
    WrongConfig(
      "unknown optimizer", line: 4, key: "training.optimizer",
      adding: """
        training: {optimizer: adma}
        """),
    WrongConfig(
      "unknown policy", line: 4, key: "when-data-missing",
      adding: """
        when-data-missing: ignore
        """),
    WrongConfig("unsafe name", line: 4, key: "name", adding: "name: ../up"),
    WrongConfig("hidden name", line: 4, key: "name", adding: "name: .git"),
  ]

  static let values: [WrongConfig] = [
    WrongConfig(
      "batch 0", line: 4, key: "training.batch-size", adding: "training: {batch-size: 0}"),
    WrongConfig(
      "batch with a fraction", line: 4, key: "training.batch-size", says: ["found 1.5"],
      adding: "training: {batch-size: 1.5}"),
    WrongConfig(
      "batch as text", line: 4, key: "training.batch-size", says: ["found \"128\""],
      adding: "training: {batch-size: \"128\"}"),
    WrongConfig(
      "batch beyond an integer", line: 4, key: "training.batch-size",
      adding: "training: {batch-size: 99999999999999999999}"),
    WrongConfig(
      "negative rate", line: 5, key: "training.learning-rate",
      adding: "training:\n  learning-rate: -0.1"),
    WrongConfig(
      "rate 0", line: 4, key: "training.learning-rate", adding: "training: {learning-rate: 0}"),
    WrongConfig(
      "rate NaN", line: 4, key: "training.learning-rate", says: [".nan"],
      adding: "training: {learning-rate: .nan}"),
    WrongConfig(
      "rate infinite", line: 4, key: "training.learning-rate",
      adding: "training: {learning-rate: 1e999}"),
    WrongConfig(
      "the same rate twice", line: 4, key: "training.learning-rate[1]",
      adding: "training: {learning-rate: [0.001, 1e-3]}"),
    WrongConfig(
      "empty axis of rates", line: 4, key: "training.learning-rate",
      adding: "training: {learning-rate: []}"),
    WrongConfig("0 epochs", line: 4, key: "training.epochs", adding: "training: {epochs: 0}"),
    WrongConfig(
      "epochs of an unknown data set", line: 4, key: "training.epochs.mnits",
      says: ["did you mean mnist?"], adding: "training: {epochs: {mnits: 3}}"),
    WrongConfig(
      "negative epochs of one data set", line: 6, key: "training.epochs.mnist",
      adding: "training:\n  epochs:\n    mnist: -1"),
    WrongConfig("negative seed", line: 4, key: "seeds[0]", adding: "seeds: [-1]"),
    WrongConfig(
      "seeds for another data set alone", line: 4, key: "seeds.mnist", says: ["default"],
      adding: "seeds: {wdbc: [1]}"),
    WrongConfig(
      "seeds of an unknown data set", line: 4, key: "seeds.mnits", adding: "seeds: {mnits: 1}"),
    WrongConfig("seed twice", line: 4, key: "seeds[2]", adding: "seeds: [0, 1, 0]"),
    WrongConfig("no seeds", line: 4, key: "seeds", adding: "seeds: []"),
    WrongConfig("count of 0 seeds", line: 4, key: "seeds.count", adding: "seeds: {count: 0}"),
    WrongConfig("seeds without a count", line: 4, key: "seeds.count", adding: "seeds: {first: 1}"),
    WrongConfig(
      "seeds beyond the largest", line: 4, key: "seeds",
      adding: "seeds: {first: 18446744073709551615, count: 2}"),
    WrongConfig("0 ranks", line: 4, key: "ranks-per-trial", adding: "ranks-per-trial: 0"),
    WrongConfig(
      "ranks as an axis", line: 4, key: "ranks-per-trial", adding: "ranks-per-trial: [1, 2]"),
    WrongConfig("0 threads", line: 4, key: "threads-per-rank", adding: "threads-per-rank: 0"),
    WrongConfig(
      "an unknown precision", line: 4, key: "training.precision", says: ["bf16"],
      adding: "training: {precision: bf61}"),
    WrongConfig(
      "an unknown exchange", line: 4, key: "gradient-exchange", says: ["allreduce"],
      adding: "gradient-exchange: allreduced"),
    WrongConfig(
      "slope above 1", key: "activations[0].leaky-relu.slope", says: ["found 1.5"],
      activations: "[leaky-relu: {slope: 1.5}]"),
    WrongConfig(
      "negative β in an axis", key: "activations[0].srelu.beta[1]",
      activations: "[srelu: {beta: [0.1, -0.1]}]"),
    WrongConfig(
      "α of 0", key: "activations[0].srelu.alpha", activations: "[srelu: {alpha: 0}]"),
    WrongConfig(
      "dropout 1", key: "architectures[0].ffnn.dropout", architectures: "[ffnn: {dropout: 1}]"),
    WrongConfig(
      "negative dropout", key: "architectures[0].ffnn.dropout",
      architectures: "[ffnn: {dropout: -0.1}]"),
    WrongConfig(
      "even kernel", key: "architectures[0].cnn.kernel", architectures: "[cnn: {kernel: 4}]"),
    WrongConfig(
      "unknown padding", key: "architectures[0].cnn.padding", says: ["did you mean valid?"],
      architectures: "[cnn: {padding: vaild}]"),
    WrongConfig(
      "convolution of a dense network", key: "architectures[0].ffnn.kernel",
      architectures: "[ffnn: {kernel: 3}]"),
    WrongConfig(
      "a layer of 0 units", key: "architectures[0].ffnn.hidden[1]",
      architectures: "[ffnn: {hidden: [512, 0]}]"),
    WrongConfig(
      "one number for the layers", key: "architectures[0].ffnn.hidden",
      architectures: "[ffnn: {hidden: 512}]"),
    WrongConfig(
      "no layers", key: "architectures[0].ffnn.hidden", architectures: "[ffnn: {hidden: []}]"),
    WrongConfig(
      "no layers in an axis", key: "architectures[0].ffnn.hidden[1]",
      architectures: "[ffnn: {hidden: [[512], []]}]"),
  ]

  static let combinations: [WrongConfig] = [
    WrongConfig(
      "kernel larger than the image", key: "architectures[0]", says: ["28×28"],
      architectures: "[cnn: {kernel: 29, padding: same}]"),
    WrongConfig(
      "too many convolutions", key: "architectures[0]",
      architectures: "[cnn: {filters: [8, 8, 8, 8]}]"),
    WrongConfig(
      "unpadded convolutions on WDBC", line: 2, key: "architectures[1]",
      says: ["exclude: [{dataset: wdbc, architecture: cnn}]", "padding: same"],
      "datasets: [mnist, wdbc]\narchitectures: [ffnn, cnn]\nactivations: [relu]"),
    WrongConfig(
      "convolutions on WDBC excluded for one of two functions", line: 2, key: "architectures[0]",
      """
      datasets: [wdbc]
      architectures: [cnn]
      activations: [relu, elu]
      exclude: [{dataset: wdbc, activation: elu}]
      """),
    WrongConfig(
      "convolutions on a table", line: 2, key: "architectures[0]",
      """
      datasets: [{name: table, csv: a.csv, label: y}]
      architectures: [{cnn: {padding: same}}]
      activations: [relu]
      training: {epochs: 1}
      """),
    WrongConfig(
      "everything excluded", line: 4, key: "exclude", adding: "exclude: [{dataset: mnist}]"),
    WrongConfig("exclusion of nothing", line: 4, key: "exclude[0]", adding: "exclude: [{}]"),
    WrongConfig(
      "exclusion by an unknown name", line: 4, key: "exclude[0].dataset",
      says: ["did you mean wdbc?"], adding: "exclude: [{dataset: wbdc}]"),
    WrongConfig(
      "exclusion by an unknown key", line: 4, key: "exclude[0].data",
      adding: "exclude: [{data: wdbc}]"),
    WrongConfig(
      "exclusion twice", line: 4, key: "exclude[1]",
      adding: "exclude: [{dataset: wdbc}, {dataset: wdbc}]"),
    WrongConfig(
      "more trials than a study may have", line: 1, key: "",
      adding: "seeds: {count: 100000}\ntraining: {epochs: [1, 2]}"),
  ]

  static let ownData: [WrongConfig] = [
    WrongConfig("neither idx nor csv", key: "datasets[0]", datasets: "[{name: mine}]"),
    WrongConfig("without a name", key: "datasets[0].name", datasets: "[{idx: folder}]"),
    WrongConfig("a built-in name", key: "datasets[0].name", datasets: "[{name: mnist, idx: f}]"),
    WrongConfig(
      "a name with a dot", key: "datasets[0].name", datasets: "[{name: a.b, idx: f}]"),
    WrongConfig(
      "without a label", key: "datasets[0].label", datasets: "[{name: t, csv: f}]"),
    WrongConfig(
      "all rows for testing", key: "datasets[0].test-fraction",
      datasets: "[{name: t, csv: f, label: y, test-fraction: 1}]"),
    WrongConfig(
      "two of one name", key: "datasets[1]",
      datasets: "[{name: t, idx: a}, {name: t, idx: b}]"),
    WrongConfig(
      "a label for images", key: "datasets[0].label",
      datasets: "[{name: t, idx: a, label: y}]"),
    WrongConfig(
      "no epochs for it", line: 4, key: "training.epochs.mine",
      """
      datasets: [{name: mine, idx: a}]
      architectures: [ffnn]
      activations: [relu]
      training: {epochs: {mnist: 3}}
      """),
  ]

  @Test(arguments: structure + names + values + combinations + ownData)
  func oneProblemPointsToItsPlace(wrong: WrongConfig) throws {
    let found = problems(wrong.yaml)
    let problem = try #require(found.first)
    #expect(found.count == 1, "\(found)")
    #expect(problem.location.source == "test.yaml")
    #expect(problem.location.line == wrong.line, "\(problem)")
    #expect(problem.key == wrong.key, "\(problem)")
    for words in wrong.says { #expect(problem.message.contains(words), "\(problem)") }
    #expect(ConfigError(problems: found).exitCode == .usage)
  }

  @Test func allProblemsAreReportedInTheOrderOfTheFile() {
    let found = problems(
      """
      datasets: [mnits]
      architectures:
        - ffnn: {dropout: 2}
      activations: [rleu, srelu: {beta: x}]
      training:
        batch-size: 0
        epoch: 3
      """)
    #expect(found.map(\.location.line) == [1, 3, 4, 4, 6, 7])
    #expect(
      found.map(\.key) == [
        "datasets[0]", "architectures[0].ffnn.dropout", "activations[0]",
        "activations[1].srelu.beta", "training.batch-size", "training.epoch",
      ])
  }

  /// A search that learns reads the study again as its folder has it, with each value once.
  @Test func aValueTwiceInASearchedStudyIsToldOnce() {
    let search = """
      seeds: [1, 1]
      search: {method: tpe, trials: 2, parameters: {training.learning-rate: {uniform: [0.1, 0.2]}}}
      """
    #expect(problems(minimalYAML + "\n" + search).map(\.key) == ["seeds[1]"])
  }

  @Test func aValueTwiceHidesNoOtherProblem() {
    let found = problems("datasets: [wdbc]\narchitectures: [cnn]\nactivations: [elu, elu]")
    #expect(found.map(\.key) == ["architectures[0]", "activations[1]"])
  }

  @Test func theColumnIsThatOfTheValue() throws {
    let problem = try #require(problems(minimalYAML + "\nseeds: [0, -1]").first)
    #expect(problem.location.column == 12)
    #expect(problem.description.hasPrefix("test.yaml:4:12: seeds[1]: "))
  }

  @Test func aliasesOfAliasesAreBounded() throws {
    var lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    for level in 1...9 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      lines.append("a\(level): &a\(level) [\(aliases)]")
    }
    let problem = try #require(problems(lines.joined(separator: "\n")).first)
    #expect(problem.message.contains("aliases"))
  }

  @Test func deepNestingIsRefused() {
    #expect(!problems("a: " + String(repeating: "[", count: 20_000)).isEmpty)
  }
}
