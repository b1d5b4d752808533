import Experiments
import Testing

/// A right config with pieces cut out or replaced: whatever comes out is read, or refused with at
/// least one problem and a place; nothing traps.
@Suite struct ConfigMutationTests {
  private static let yaml = """
    name: paper
    datasets: [mnist, wdbc, {name: mine, idx: a}, {name: t, csv: f, label: y, test-fraction: 0.2}]
    architectures: [ffnn: {hidden: [512, 512], dropout: 0.3}, cnn: {filters: [32, 64], kernel: 3}]
    exclude: [{dataset: [wdbc, t], architecture: cnn}]
    activations:
      - relu
      - srelu: {alpha: 1.0, beta: [0.05, 0.1]}
    seeds: {first: 0, count: 3}
    training: {optimizer: adam, learning-rate: 0.001, batch-size: 128, epochs: {default: 2}}
    ranks-per-trial: 1
    when-data-missing: skip
    """

  private static let pieces = [
    "~", "[]", "{}", "[[1]]", "-1", ".nan", "\"\"", "&a", "*a", "!!int", "<<", "|", ">", "'", "?",
    "---", "#", "%", "\u{0}", "\t", "1e999", "true", "{a: 1}", "[1, 1]", "default", "cnn", "é",
  ]

  private func check(_ yaml: String, overrides: [String] = []) -> Bool {
    do {
      return try !parse(yaml, overrides: overrides).trials.isEmpty
    } catch {
      #expect(error.problems.allSatisfy { !$0.message.isEmpty && !$0.location.source.isEmpty })
      return false
    }
  }

  @Test func everyBeginningIsReadOrRefused() {
    let characters = Array(Self.yaml)
    var refused = 0
    for length in 0..<characters.count where !check(String(characters.prefix(length))) {
      refused += 1
    }
    #expect(refused > characters.count / 2)
    #expect(check(Self.yaml))
  }

  @Test(arguments: 0..<8)
  func replacedPiecesAreReadOrRefused(seed: UInt64) {
    var generator = KnuthGenerator(state: seed)
    let boundaries: Set<Character> = [" ", "[", "]", "{", "}", ":", ",", "\n"]
    var refused = 0
    for _ in 0..<150 {
      var characters = Array(Self.yaml)
      for _ in 0..<Int.random(in: 1...2, using: &generator) {
        let start = Int.random(in: 0..<characters.count, using: &generator)
        let end = characters[start...].dropFirst().firstIndex(where: boundaries.contains)
        let piece = Self.pieces.randomElement(using: &generator) ?? ""
        characters.replaceSubrange(start..<(end ?? characters.count), with: Array(piece))
      }
      if !check(String(characters)) { refused += 1 }
    }
    #expect(refused > 75)
  }

  @Test func anyPieceMayBeSetForAnyKey() {
    let keys = [
      "name", "datasets", "architectures", "exclude", "activations", "seeds", "seeds.count",
      "training", "training.epochs", "training.epochs.mine", "training.optimizer",
      "ranks-per-trial", "threads-per-rank", "gradient-exchange", "when-data-missing",
      "no-such-key",
    ]
    var refused = 0
    for key in keys {
      for piece in Self.pieces where !check(Self.yaml, overrides: ["\(key)=\(piece)"]) {
        refused += 1
      }
    }
    #expect(refused > keys.count * Self.pieces.count / 2)
  }
}
