import Experiments
import Testing

/// Texts that are short and ask for much work: each is refused before the work is done. Without the
/// limits these don't end.
@Suite(.timeLimit(.minutes(2))) struct ConfigLimitTests {
  /// Ten to the power of 11 values, in a few hundred bytes, under the name `a11`.
  private static let bomb: String = {
    let ten = { (item: String) in
      "[" + Array(repeating: item, count: 10).joined(separator: ",") + "]"
    }
    return "a0: &a0 x\n" + (1...11).map { "a\($0): &a\($0) \(ten("*a\($0 - 1)"))\n" }.joined()
  }()

  @Test(arguments: ["{*a4 : 1}", "[{*a4 : 1}]", "{? *a4 : 1}", "\n  *a4 : 1", "\n  ? *a4\n  : 1"])
  func anAliasIsNoKey(_ value: String) {
    let few = Self.bomb.split(separator: "\n").prefix(5).joined(separator: "\n")
    let found = problems(few + "\nb: " + value)
    #expect(found.map(\.message).joined().contains("not the alias *a4"), "\(found)")
    #expect((found.first?.location.line ?? 0) >= 6)
  }

  @Test func aliasesOfAliasesAreCountedBeforeTheyAreWrittenOut() {
    for value in ["*a11", "{*a11 : 1}", "[*a11]", "{<<: [*a11, *a11]}"] {
      let found = problems(Self.bomb + "b: " + value)
      #expect(found.map(\.message).joined().contains("more than 100000 values"), "\(found)")
    }
    let override = problems(minimalYAML, overrides: ["seeds=[&a [1,1], &b [*a,*a], {*b : 1}]"])
    #expect(override.map(\.message).joined().contains("not the alias *b"), "\(override)")
  }

  @Test func nestingHasALimit() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
      let text = String(repeating: open, count: 100_000)
      let found = problems(text + "x" + String(repeating: close, count: 100_000))
      #expect(!found.isEmpty)
    }
    let deep = { (levels: Int) in
      String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }
    // The mapping around it is the first level.
    #expect(problems("seeds: " + deep(64)).map(\.message).joined().contains("64 levels"))
    #expect(!problems("seeds: " + deep(63)).map(\.message).joined().contains("64 levels"))
    let chain = (1...70).map { "x-\($0): &c\($0) [\($0 == 1 ? "1" : "*c\($0 - 1)")]\n" }.joined()
    #expect(problems(chain + minimalYAML).map(\.message).joined().contains("64 levels"))
  }

  @Test func anAliasInsideOfItsOwnValueIsUndefined() {
    let found = problems(minimalYAML + "\nseeds: &s [*s]")
    #expect(found.map(\.message).joined().contains("undefined alias *s"), "\(found)")
    #expect(found.first?.location.line == 4)
  }

  @Test func hugeKeysAndWordsAreRefusedAndShortened() {
    let long = String(repeating: "k", count: 500_000)
    // libyaml itself takes a key of 1024 characters at most without a question mark before it.
    for text in [
      "\(long.prefix(1000)): 1", "training: {? \(long) : 1}", "? \(long)\n: {a: [1, 2]}",
    ] {
      let found = problems(minimalYAML + "\n" + text)
      #expect(found.map(\.message).joined().contains("a key of more than 256 bytes"))
    }
    let word = problems("datasets: [mnist]\narchitectures: [ffnn]\nactivations: [\(long)]")
    #expect(word.count == 1)
    #expect(word.allSatisfy { $0.message.utf8.count < 500 })
    let path = Array(repeating: "k", count: 60_000).joined(separator: ".")
    #expect(
      problems(minimalYAML, overrides: [path + "=1"]).first?.message.contains("64 keys") == true)
    // 250 bytes at each of 60 levels, around 90,000 values.
    let key = String(repeating: "k", count: 250)
    let around =
      String(repeating: "{\(key): ", count: 60) + "[" + String(repeating: "1,", count: 90_000) + "]"
      + String(repeating: "}", count: 60)
    #expect(problems("seeds: " + around).map(\.message).joined().contains("keys that are too long"))
  }

  @Test func thousandsOfKeysAreReadInTimeAndAHundredProblemsTold() {
    let keys = (0..<49_000).map { "key\($0): 1\n" }.joined()
    #expect(problems(minimalYAML + "\n" + keys).count == 100)
    let names = (0..<90_000).map { "n\($0)" }.joined(separator: ",")
    let found = problems("datasets: [mnist]\narchitectures: [ffnn]\nactivations: [\(names)]")
    #expect(found.count == 100)
    let sets = (0..<20_000).map { "{name: d\($0), csv: f, label: y}" }.joined(separator: ",")
    #expect(
      problems("datasets: [\(sets)]\narchitectures: [ffnn]\nactivations: [relu]")
        .map(\.message).joined().contains("1 to 1000 data sets"))
    let relu = Array(repeating: "relu", count: 40_000).joined(separator: ",")
    let mnist = Array(repeating: "mnist", count: 40_000).joined(separator: ",")
    #expect(
      problems(minimalYAML + "\nexclude: [{dataset: [\(mnist)], activation: [\(relu)]}]").count
        == 100)
  }

  /// libyaml ends lines at each of these.
  @Test(arguments: ["\n", "\r", "\r\n", "\u{85}", "\u{2028}", "\u{2029}"])
  func manyTagDirectivesAreRefused(lineEnd: String) {
    let text = (0..<40_000).map { "%TAG !a\($0)! b\(lineEnd)" }.joined() + "---\n" + minimalYAML
    #expect(problems(text).map(\.message).joined().contains("more than 16 %TAG lines"))
  }

  /// A single character may be as long as the file.
  @Test func aNameOfCombiningMarksIsShownInPart() {
    let name = "a" + String(repeating: "\u{301}", count: 200_000)
    #expect(name.count == 1)
    let found = problems(minimalYAML.replacingOccurrences(of: "relu", with: name))
    #expect(!found.isEmpty)
    for problem in found { #expect(problem.message.utf8.count < 2_000) }
  }

  @Test func whatListsMultiplyToHasALimit() {
    #expect(problems(minimalYAML + "\nseeds: {first: 0, count: 100000}").isEmpty)
    #expect(!problems(minimalYAML + "\nseeds: {first: 0, count: 100001}").isEmpty)
    #expect(!problems(minimalYAML + "\nseeds: {first: 18446744073709551615, count: 2}").isEmpty)
    let search = """

      seeds: {first: 0, count: 60000}
      search:
        method: random
        trials: 100000
        parameters: {training.learning-rate: {uniform: [0.001, 0.1]}}
      """
    #expect(
      problems(minimalYAML + search).map(\.message).joined().contains("more than 100000 trials"))
    let layers = Array(repeating: "1", count: 101).joined(separator: ",")
    #expect(
      problems(
        "datasets: [mnist]\narchitectures: [ffnn: {hidden: [\(layers)]}]\nactivations: [relu]"
      ).map(\.message).joined().contains("1 to 100 layers"))
  }
}
