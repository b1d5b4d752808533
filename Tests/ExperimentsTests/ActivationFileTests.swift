import Experiments
import Foundation
import Testing

/// Formulas that a config takes from other files.
@Suite final class ActivationFileTests {
  private let folder: String

  init() throws {
    folder =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("formulas-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: folder + "/shared", withIntermediateDirectories: true)
    try write(
      """
      # What a laboratory shares.
      activations:
        - mine: {formula: "x > 0 ? x : a * x * exp(x)", a: 0.5}
        - bent: {formula: "x + b * tanh(x)", b: {learned: per-layer, initial: 1, minimum: 0}}
        - open: {formula: "c * x"}
      """, to: "shared/mine.yaml")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func write(_ text: String, to name: String) throws {
    try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
  }

  private func config(_ activations: String, _ files: String = "[shared/mine.yaml]") throws
    -> String
  {
    let text = """
      datasets: [wdbc]
      architectures: [ffnn]
      activation-files: \(files)
      activations: [\(activations)]
      """
    try write(text, to: "study.yaml")
    return "\(folder)/study.yaml"
  }

  private func study(_ activations: String, overrides: [String] = []) throws -> StudyConfig {
    try StudyConfig(contentsOf: try config(activations), overrides: overrides)
  }

  private func problems(
    _ activations: String, _ files: String = "[shared/mine.yaml]", overrides: [String] = []
  ) throws -> [ConfigError.Problem] {
    do {
      _ = try StudyConfig(contentsOf: try config(activations, files), overrides: overrides)
      return []
    } catch let error as ConfigError {
      return error.problems
    }
  }

  /// By their names, with the file's parameters or others; it is the study that has the formulas written out.
  @Test func formulasAreNamedLikeBuiltInOnes() throws {
    let found = try study("relu, mine, {bent: {b: [1, 2]}}, {open: {c: 3}}, bent")
    let written = try parse(
      """
      name: study
      datasets: [wdbc]
      architectures: [ffnn]
      activations:
        - relu
        - mine: {formula: "x > 0 ? x : a * x * exp(x)", a: 0.5}
        - bent: {formula: "x + b * tanh(x)", b: [1, 2]}
        - open: {formula: "c * x", c: 3}
        - bent: {formula: "x + b * tanh(x)", b: {learned: per-layer, initial: 1, minimum: 0}}
      """)
    #expect(found == written)
    #expect(found.trials.map(\.id) == written.trials.map(\.id))
  }

  /// What a run folder keeps needs the files no more.
  @Test func aWrittenStudyIsWhole() throws {
    let study = try study("mine, {name: both, layers: [mine, {open: {c: [1, 2]}}]}")
    try FileManager.default.removeItem(atPath: folder + "/shared/mine.yaml")
    #expect(!study.yaml.contains("mine.yaml") && study.yaml.contains("x > 0 ? x : a * x * exp(x)"))
    #expect(try parse(study.yaml) == study)
    #expect(
      study.activations.map(\.label) == [
        "mine(a=0.5)", "both(mine(a=0.5),open(c=1))", "both(mine(a=0.5),open(c=2))",
      ])
  }

  @Test func overridesAndSearchesReachThem() throws {
    let changed = try study(
      "relu", overrides: ["activations=[mine, {bent: {b: 7}}]"])
    #expect(changed.activations.map(\.name) == ["mine", "bent"])
    let other = try StudyConfig(
      contentsOf: try config("mine", "[]"), overrides: ["activation-files=[shared/mine.yaml]"])
    #expect(other.activations.map(\.parameters) == [["a": 0.5]])
    let searched = try study(
      "relu, mine",
      overrides: [
        "search={method: random, trials: 3, parameters: {activations.mine.a: {uniform: [1, 2]}}}"
      ])
    let values = Set(searched.trials.compactMap { $0.activation.parameters["a"] })
    #expect(values.count == 3 && values.allSatisfy { (1...2).contains($0) })
  }

  /// A list or a mapping, by itself or below `activations`; keys that start with x- are left alone.
  @Test(arguments: [
    "- f: {formula: tanh(x)}", "f: {formula: tanh(x)}", "activations: {f: {formula: tanh(x)}}",
    "x-a: &a {formula: tanh(x)}\nactivations:\n  - f: *a",
  ])
  func filesHaveSeveralForms(_ text: String) throws {
    try write(text, to: "f.yaml")
    let study = try StudyConfig(contentsOf: try config("f", "f.yaml"))
    #expect(study.activations == [ActivationSpec(name: "f", formula: "tanh(x)")])
  }

  /// Each with the line of the file that is named.
  @Test(arguments: [
    ("activations:\n  - f: {formula: x +}", 2, "column 4"),
    ("activations:\n  - f: {formula: x}\n  - relu: {formula: x}", 3, "‘relu’ is built in"),
    ("activations:\n  - f: {formula: x}\n  - f: {formula: x}", 3, "f.yaml:2"),
    ("activations:\n  - f: {formula: x, b: 1}", 2, "unknown key"),
    ("activations:\n  - f: {formula: a * x, a: no}", 2, "expected a number"),
    ("activations:\n  - f: {formula: log(x)}", 2, "isn't finite"),
    ("activations:\n  - f: {a: 1}", 2, "expected a formula"),
    ("activations:\n  - relu", 2, "expected a formula"),
    ("activations: []", 1, "found none"),
    ("activations:\n  - f: {formula: x}\nseeds: [1]", 3, "unknown key"),
    ("activation-files: [g.yaml]\nactivations:\n  - f: {formula: x}", 1, "can't name others"),
    ("- f: {formula: x}\n- [", 3, "expected YAML"), ("3", 1, "expected formulas"),
  ])
  func faultsNameTheFile(_ text: String, _ line: Int, _ word: String) throws {
    try write(text, to: "f.yaml")
    let found = try problems("relu", "[f.yaml]")
    let first = try #require(found.first)
    #expect(found.count == 1 && first.message.contains(word), "\(found)")
    #expect(first.location.source == "\(folder)/f.yaml", "\(first)")
    #expect(first.location.line == line, "\(first)")
  }

  /// What is wrong with the config's own lines, or with a file as a whole, is said of the config.
  @Test func faultsNameTheConfig() throws {
    try write("", to: "empty.yaml")
    try write("- mine: {formula: tanh(x)}", to: "other.yaml")
    for (activations, files, line, word) in [
      ("relu", "[none.yaml]", 3, "none.yaml: no such file"),
      ("relu", "[empty.yaml]", 3, "found an empty file"),
      ("relu", "[shared]", 3, "found a folder"),
      ("relu", "[shared/mine.yaml, ./shared/mine.yaml]", 3, "in the list twice"),
      ("relu", "[3, {a: b}]", 3, "3: no such file"),
      ("open", "[shared/mine.yaml]", 4, "‘c’ in the formula has no value"),
      ("{mine: {a: no}}", "[shared/mine.yaml]", 4, "expected a number"),
      ("{mine: {b: 1}}", "[shared/mine.yaml]", 4, "unknown key"),
      ("{mine: 3}", "[shared/mine.yaml]", 4, "expected parameters of mine"),
      ("{mine: {formula: x}}", "[shared/mine.yaml]", 4, "mine.yaml:3"),
      ("mini", "[shared/mine.yaml]", 4, "did you mean mine?"),
    ] {
      let found = try problems(activations, files)
      let first = try #require(found.first, "\(activations) \(files)")
      #expect(first.message.contains(word), "\(found)")
      #expect(first.location.source == "\(folder)/study.yaml" && first.location.line == line)
    }
    let clash = try #require(try problems("mine", "[shared/mine.yaml, other.yaml]").first)
    #expect(
      clash.location.source == "\(folder)/other.yaml" && clash.message.contains("mine.yaml:3"))
  }

  /// A flaw that the config's parameter makes is in the file's formula: both are named.
  @Test func aFlawNamesBothPlaces() throws {
    try write("- f: {formula: \"log(a + x^2)\", a: 1}", to: "f.yaml")
    let found = try problems("relu, {f: {a: -1}}", "[f.yaml]")
    #expect(found.first?.location.source == "\(folder)/f.yaml")
    #expect(found.first?.message.contains("used at \(folder)/study.yaml:4") == true, "\(found)")
  }
}
