import Experiments
import Foundation
import Support
import Testing

/// A study as a value that travels: whoever receives it has what the reader of the file had.
@Suite struct ConfigCodingTests {
  private func check(_ study: StudyConfig, _ what: String, withTrials: Bool = true) throws {
    let copy: StudyConfig = try JSON.value(from: try JSON.bytes(study))
    #expect(copy == study, "\(what)")
    if withTrials {
      #expect(copy.trials == study.trials, "\(what)")
      #expect(copy.digest == study.digest, "\(what)")
    }
    // What the run folder's file is written from.
    #expect(copy.yaml == study.yaml, "\(what)")
  }

  private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  @Test func studiesOfFilesArriveWhole() throws {
    let configs = Self.tests.deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("configs").path
    let names = try FileManager.default.contentsOfDirectory(atPath: configs)
    #expect(names.count >= 5)
    for name in names { try check(try StudyConfig(contentsOf: "\(configs)/\(name)"), name) }
    let broad = try String(
      contentsOf: Self.tests.appendingPathComponent("Fixtures/frozen/broad.yaml"), encoding: .utf8)
    try check(try StudyConfig(yaml: broad, file: "broad.yaml", baseDirectory: "/base"), "broad")
  }

  /// A study is read again for each run: all that a config may have of functions is in what comes back.
  @Test(arguments: 0..<8)
  func randomFunctionsAreReadBack(seed: UInt64) throws {
    var generator = RandomConfig(generator: KnuthGenerator(state: seed &+ 101))
    var (layered, bounded) = (0, 0)
    for number in 0..<60 {
      let study = try parse(generator.yaml())
      guard study.search == nil else { continue }
      let copy = try parse(study.yaml)
      #expect(copy.activations == study.activations, "seed \(seed), config \(number)")
      let functions = study.activations.flatMap(\.functions)
      if study.activations.contains(where: { !$0.layers.isEmpty }) { layered += 1 }
      if functions.contains(where: { !$0.bounds.isEmpty }) { bounded += 1 }
    }
    #expect(layered > 5 && bounded > 5)
  }

  @Test(arguments: 0..<8)
  func randomStudiesArriveWhole(seed: UInt64) throws {
    var generator = RandomConfig(generator: KnuthGenerator(state: seed &+ 1))
    var (searches, seedsByName) = (0, 0)
    for number in 0..<250 {
      let yaml = generator.yaml()
      let study = try parse(yaml)
      try check(study, "seed \(seed), config \(number):\n\(yaml)", withTrials: number < 10)
      if study.search != nil { searches += 1 }
      if !study.seedsByName.isEmpty { seedsByName += 1 }
    }
    #expect(searches > 25 && seedsByName > 25)
  }
}

/// Configs that use everything a config may have.
private struct RandomConfig: RandomNumberGenerator {
  var generator: KnuthGenerator

  mutating func next() -> UInt64 { generator.next() }

  private mutating func flip() -> Bool { Bool.random(using: &self) }
  private mutating func whole(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &self) }
  private mutating func one(of choices: [String]) -> String {
    choices.randomElement(using: &self) ?? ""
  }

  /// Any digits: what a double needs all 17 of, too.
  private mutating func number(_ range: ClosedRange<Double>) -> String {
    "\(Double.random(in: range, using: &self))"
  }

  private mutating func some(_ choices: [String]) -> [String] {
    let chosen = choices.filter { _ in flip() }
    return chosen.isEmpty ? [one(of: choices)] : chosen
  }

  private mutating func list(_ count: ClosedRange<Int>, _ make: (inout Self) -> String) -> String {
    var values: [String] = []
    for _ in 0..<whole(count) {
      let value = make(&self)
      if !values.contains(value) { values.append(value) }
    }
    return "[\(values.joined(separator: ", "))]"
  }

  private mutating func seeds() -> String {
    flip()
      ? "{first: \(UInt64.random(in: 0...UInt64.max - 20, using: &self)), count: \(whole(1...3))}"
      : list(1...2) { "\(UInt64.random(in: 0...UInt64.max, using: &$0))" }
  }

  private mutating func datasets() -> [String] {
    let fraction = number(0.01...0.99)
    return some([
      "mnist", "wdbc", #"{name: own, idx: "a \" b/\u00e9\n"}"#,
      "{name: table, csv: 't, \"x\".csv', label: 'la \\ bel', test-fraction: \(fraction)}",
    ])
  }

  /// A learned parameter, with bounds or without.
  private mutating func learned(_ key: String) -> String {
    // Few of them: each function is analysed once.
    let scope = one(of: ["per-network", "per-layer", "per-channel", "per-unit"])
    var members = ["learned: \(scope)", "initial: \(one(of: ["0.1", "0.30000000000000004"]))"]
    if flip() { members.append("minimum: 0.010000000000000002") }
    if flip() { members.append("maximum: 1e5") }
    if flip() { members.append("decay: false") }
    return "\(key): {\(members.joined(separator: ", "))}"
  }

  private mutating func bounded(_ name: String, _ key: String) -> String {
    "\(name): {\(learned(key))}"
  }

  private mutating func layer() -> String {
    let alphas = list(1...2) { $0.number(0.1...3) }
    return one(of: [
      "relu", "gelu", "{elu: {alpha: \(alphas)}}",
      "{\(bounded("leaky-relu", "slope").replacing("per-network", with: "per-layer"))}",
      "{inner: {formula: 'a * tanh(x)', a: [0.5, 0.30000000000000004]}}",
    ])
  }

  mutating func yaml() -> String {
    let datasets = datasets()
    let dropout = number(0...0.99)
    let kernel = 2 * whole(0...1) + 1
    var architectures = some([
      "ffnn: {hidden: \(list(1...3) { "\($0.whole(1...900))" }), dropout: \(dropout)}",
      "cnn: {filters: [[4], [3, 5]], kernel: \(kernel), padding: same}",
    ])
    if architectures.count == 1 { architectures = ["ffnn"] }
    let isLayered = architectures == ["ffnn"] && flip()
    // SReLU is always there, for searches.
    let isSearch = whole(0...3) == 0
    let betas = list(1...(isSearch ? 1 : 3)) { $0.number(0.001...50) }
    let slope = number(0.0001...0.9)
    let activations =
      some(["relu", "elu: {alpha: \(number(0.01...9))}", "leaky-relu: {slope: \(slope)}"])
      + ["srelu: {beta: \(betas)}"] + (flip() ? [bounded("isru", "alpha")] : [])
      + (flip() ? ["own: {formula: 'a * tanh(x)', \(learned("a"))}"] : [])
      + (isLayered ? ["{name: mixed, layers: [\(layer()), \(layer())]}"] : [])
    var lines = ["name: 'n\(whole(0...9)).x_y-z'", "datasets:"] + datasets.map { "  - \($0)" }
    lines += ["architectures:"] + architectures.map { "  - \($0)" }
    lines += ["activations:"] + activations.map { "  - \($0)" }
    // A table's rows are no images.
    if datasets.contains(where: { $0.contains("csv") }) {
      lines.append("exclude: [{dataset: table, architecture: cnn}, {activation: gelu}]")
    } else if flip() {
      lines.append("exclude: [{architecture: cnn, activation: [relu, prelu]}]")
    }
    lines.append(
      flip()
        ? "seeds: {wdbc: \(seeds()), cnn: \(seeds()), default: \(seeds())}" : "seeds: \(seeds())")
    let momentum = number(0.01...0.99)
    lines += [
      "training:", "  learning-rate: \(list(1...2) { $0.number(1e-9...1000) })",
      "  batch-size: \(list(1...2) { "\($0.whole(1...10_000_000))" })",
      "  optimizer: [adam, sgd: {momentum: \(momentum), nesterov: \(flip())}]",
      "  epochs: {wdbc: \(whole(1...999)), default: \(list(1...2) { "\($0.whole(1...99))" })}",
    ]
    if flip() { lines.append("  precision: [fp32, bf16]") }
    if flip() { lines.append("  shuffle: \(flip())") }
    lines.append("ranks-per-trial: \(flip() ? "auto" : "\(whole(1...64))")")
    if flip() { lines.append("threads-per-rank: \(whole(1...1024))") }
    if flip() { lines.append("when-data-missing: skip") }
    if flip() { lines.append("gradient-exchange: allreduce") }
    if flip() { lines.append("checkpoint-seconds: \(number(0.001...86_400))") }
    if flip() { lines.append("verify-steps: \(whole(1...1_000_000_000))") }
    if isSearch { lines += search() }
    return lines.joined(separator: "\n") + "\n"
  }

  private mutating func search() -> [String] {
    let method = one(of: ["random", "sobol", "asha"])
    let distribution = one(of: [
      "{log-uniform: [\(number(0.001...0.1)), 1]}", "{uniform: [0.25, \(number(0.5...3))]}",
      "{choice: [0.5, 1, \(number(2...3))]}", "{integer: [1, 7]}",
    ])
    return [
      "search:", "  method: \(method)", "  trials: \(whole(1...4))",
      "  seed: \(UInt64.random(in: 0...UInt64.max, using: &self))",
    ] + (method == "asha" && flip() ? ["  reduction-factor: 2", "  objective: test-accuracy"] : [])
      + ["  parameters:", "    activations.srelu.beta: \(distribution)"]
  }
}
