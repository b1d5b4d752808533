import Experiments
import Foundation
import Testing

@Suite struct SearchTests {
  private static let parameters = [
    SearchSpec.Parameter(key: "activations.srelu.beta", distribution: .logUniform(0.01...1)),
    SearchSpec.Parameter(key: "training.learning-rate", distribution: .uniform(0.001...0.002)),
    SearchSpec.Parameter(key: "training.batch-size", distribution: .integer(1...6)),
    SearchSpec.Parameter(key: "architectures.ffnn.dropout", distribution: .choice([0, 0.25, 0.5])),
  ]

  private func spec(
    _ method: String, seed: UInt64 = 3, _ parameters: [SearchSpec.Parameter] = parameters
  ) -> SearchSpec {
    SearchSpec(method: method, trials: 10, seed: seed, parameters: parameters)
  }

  /// What a search draws that is told nothing.
  private func samples(_ spec: SearchSpec, _ indices: Range<Int>) -> [[Double]] {
    var strategy = spec.strategy.init(spec)
    return indices.compactMap { strategy.next($0) }
  }

  /// A list has only so many values: what comes up again is no other trial, and the study says so.
  @Test(arguments: ["random", "sobol", "asha"])
  func drawsThatComeUpAgainAreCounted(method: String) throws {
    func study(_ search: String) throws -> StudyConfig {
      try parse(
        """
        datasets: [mnist]
        architectures: [ffnn]
        activations: [relu, srelu]
        seeds: [0, 1]
        search:
          method: \(method)
          trials: 27
          parameters: \(search)
        """)
    }
    let three = try study("{activations.srelu.beta: {choice: [0.1, 0.2, 0.3]}}")
    #expect(three.draws == SearchDraws(asked: 27, proposed: nil, repeated: 24))
    #expect(three.draws?.text?.contains("3 different of 27") == true)
    // Two seeds of three values, and ReLU once for each seed.
    #expect(three.trials.count == 8)
    let one = try study("{activations.srelu.beta: {choice: [0.1]}}")
    #expect(one.draws == SearchDraws(asked: 27, proposed: nil, repeated: 26))
    let all = try study("{activations.srelu.beta: {log-uniform: [0.01, 1]}}")
    #expect(all.draws == SearchDraws(asked: 27, proposed: nil, repeated: 0))
    #expect(all.draws?.text == nil)
    #expect(try parse(minimalYAML).draws == nil)
  }

  @Test(arguments: ["random", "sobol", "asha"])
  func samplesFillTheirRangesEvenly(_ method: String) {
    let samples = samples(spec(method), 0..<4096)
    // In eighths of each distribution; log-uniform in eighths of the logarithm.
    func counts(_ shares: [Double], _ parts: Int) -> [Int] {
      shares.reduce(into: Array(repeating: 0, count: parts)) {
        $0[min(Int($1 * Double(parts)), parts - 1)] += 1
      }
    }
    let beta = samples.map { log($0[0] / 0.01) / log(100) }
    let rate = samples.map { ($0[1] - 0.001) / 0.001 }
    #expect(beta.allSatisfy { (0...1).contains($0) } && rate.allSatisfy { (0...1).contains($0) })
    for shares in [beta, rate] {
      #expect(counts(shares, 8).allSatisfy { abs($0 - 512) < 100 }, "\(counts(shares, 8))")
    }
    for value in 1...6 {
      #expect(abs(samples.count { $0[2] == Double(value) } - 683) < 120)
    }
    for value in [0, 0.25, 0.5] {
      #expect(abs(samples.count { $0[3] == value } - 1365) < 150)
    }
    // Independent: of the low halves of one, half have a low half of the other.
    let low = zip(beta, rate).filter { $0.0 < 0.5 }
    #expect(abs(low.count { $0.1 < 0.5 } - low.count / 2) < 120)
  }

  @Test(arguments: ["random", "asha"])
  func aParametersValuesDependOnItsKeyAlone(_ method: String) {
    let all = samples(spec(method), 0..<50)
    let one = samples(spec(method, Array(Self.parameters.suffix(3).prefix(1))), 0..<50)
    #expect(one.map { $0[0] } == all.map { $0[1] })
    let other = samples(spec(method, seed: 4), 0..<50)
    #expect(zip(all, other).allSatisfy { $0[0] != $1[0] })
    #expect(Set(all.map { $0[0] }).count == 50)
  }

  /// What `Fixtures/sobol.py` printed: SciPy's points as 32-bit words.
  private struct SciPysSobol: Decodable {
    var points: Int
    /// FNV-1a of each dimension's first points.
    var digests: [String]
    /// The points 1, 2, 4, …: a few of each direction number's.
    var powersOfTwo: [[UInt32]]

    static func read() throws -> Self {
      let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/sobol.json")
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(Self.self, from: Data(contentsOf: file))
    }
  }

  private func fnv1a(_ words: [UInt32]) -> String {
    var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    for word in words {
      for shift in [24, 16, 8, 0] as [UInt32] {
        digest = (digest ^ UInt64(word >> shift & 255)) &* 0x100_0000_01B3
      }
    }
    let digits = String(digest, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Sobol' points, shifted by whatever the seed gives, in all dimensions that there are.
  @Test func sobolIsSciPys() throws {
    let expected = try SciPysSobol.read()
    let keys = expected.digests.indices.map {
      SearchSpec.Parameter(key: "k\($0)", distribution: .integer(0...((1 << 32) - 1)))
    }
    let shift = samples(spec("sobol", keys), 0..<1)[0].map { UInt32($0) }
    func point(_ index: Int) -> [UInt32] {
      zip(samples(spec("sobol", keys), index..<(index + 1))[0], shift).map { UInt32($0) ^ $1 }
    }
    let points = (0..<expected.points).map(point)
    #expect(expected.points >= 1024)
    for (dimension, digest) in expected.digests.enumerated() {
      #expect(fnv1a(points.map { $0[dimension] }) == digest, "dimension \(dimension)")
    }
    for (power, words) in expected.powersOfTwo.enumerated() {
      #expect(point(1 << power) == words, "point 2^\(power)")
    }
    #expect(shift != samples(spec("sobol", seed: 4, keys), 0..<1)[0].map { UInt32($0) })
    // These are all dimensions that there are: one more is refused.
    let more = (0...keys.count).map { "k\($0): {choice: [1]}" }.joined(separator: ", ")
    let refused = problems(
      Self.yaml, overrides: ["search.method=sobol", "search.parameters={\(more)}"])
    #expect(refused.contains { $0.description.contains("at most \(keys.count) parameters") })
  }

  /// Of 2^m points each box of 2^-a by 2^-b with a + b = m has one (the first two dimensions).
  @Test func sobolIsANet() {
    let keys = ["a", "b"].map {
      SearchSpec.Parameter(key: $0, distribution: .integer(0...((1 << 32) - 1)))
    }
    for m in 1...7 {
      let points = samples(spec("sobol", keys), 0..<(1 << m)).map { $0.map { UInt64($0) } }
      for a in 0...m {
        let boxes = points.map { [$0[0] >> UInt64(32 - a), $0[1] >> UInt64(32 - (m - a))] }
        #expect(Set(boxes).count == points.count, "2^\(m) points, \(a)")
      }
    }
  }

  private static let yaml = """
    datasets: [wdbc]
    architectures: [ffnn]
    activations: [relu, srelu: {beta: 0.1}]
    seeds: [0, 1]
    search:
      method: asha
      trials: 5
      parameters:
        activations.srelu.beta: {log-uniform: [0.01, 1.0]}
    """

  @Test func trialsAreBaselinesAndSamples() throws {
    let study = try parse(Self.yaml)
    let searched = study.searchedTrials
    #expect(study.trials == searched.map(\.trial))
    #expect(searched.count == 2 + 5 * 2)
    let baselines = searched.filter { $0.sample == nil }
    #expect(baselines.map(\.trial.activation.name) == ["relu", "relu"])
    #expect(baselines.map(\.trial.seed) == [0, 1])
    let betas = samples(try #require(study.search), 0..<5).map { $0[0] }
    for (index, beta) in betas.enumerated() {
      let trials = searched.filter { $0.sample == index }
      #expect(trials.allSatisfy { $0.trial.activation.parameters["beta"] == beta })
      #expect(trials.map(\.bracket) == [2, 3] && trials.map(\.trial.seed) == [0, 1])
    }
    let more = try parse(Self.yaml, overrides: ["search.trials=9"])
    #expect(Set(more.trials).isSuperset(of: study.trials))
    #expect(try parse(Self.yaml, overrides: ["search={method: grid}"]).trials.count == 4)
  }

  @Test func aSearchReadsBack() throws {
    for extra in [
      [], ["search.method=random"], ["search.method=sobol"],
      ["search.reduction-factor=4", "search.minimum-epochs=2", "search.objective=train-loss"],
      ["search.parameters={training.learning-rate: {choice: [0.1, 0.2]}}"],
      ["search.parameters={training.epochs.wdbc: {integer: [3, 9]}}"],
      ["search.parameters={architectures.ffnn.dropout: {uniform: [0, 0.5]}}"],
    ] {
      var overrides = extra
      if extra.contains(where: { $0.contains("=random") || $0.contains("=sobol") }) {
        overrides.append("search.seed=18446744073709551615")
      }
      let study = try parse(Self.yaml, overrides: overrides)
      let again = try parse(study.yaml)
      #expect(again == study && again.trials == study.trials && again.digest == study.digest)
    }
  }

  @Test(arguments: [
    ("search.method=annealing", "unknown method"), ("search.trials=0", "from 1 to"),
    ("search.parameters={}", "keys with distributions"),
    ("search.parameters={activations.gelu.alpha: {uniform: [0, 1]}}", "activations has no gelu"),
    ("search.parameters={activations.srelu.gamma: {uniform: [0, 1]}}", "unknown key"),
    ("search.parameters={training.learning-rate: {uniform: [-1, 1]}}", "found -1"),
    ("search.parameters={training.batch-size: {uniform: [1, 9]}}", "a whole number"),
    ("search.parameters={training.learning-rate: {uniform: [1, 1]}}", "above 1"),
    ("search.parameters={training.learning-rate: {log-uniform: [0, 1]}}", "above 0"),
    ("search.parameters={training.learning-rate: {normal: [0, 1]}}", "{uniform: [a, b]}"),
    ("search.parameters={seeds: {integer: [0, 5]}}", "seeds is a list"),
    ("search.parameters={name.first: {integer: [0, 5]}}", "has no first"),
    ("search.reduction-factor=1", "from 2 to"), ("search.objective=f1", "unknown objective"),
    ("search.budget=3", "unknown key"),
  ]) func whatIsWrongIsSaid(override: String, expected: String) {
    let yaml = Self.yaml + "\nname: study"
    let found = problems(yaml, overrides: [override])
    #expect(found.contains { $0.description.contains(expected) }, "\(found)")
  }

  @Test func problemsHaveTheirLine() {
    let yaml = Self.yaml.replacingOccurrences(of: "[0.01, 1.0]", with: "[0.01, -1.0]")
    #expect(problems(yaml).first?.location.line == 9)
    let range = Self.yaml.replacingOccurrences(of: "srelu.beta", with: "relu.slope")
    #expect(problems(range).first?.location.line == 6)
    let early = Self.yaml.replacingOccurrences(of: "method: asha", with: "method: random")
    #expect(problems(early + "\n  minimum-epochs: 2").first?.message.contains("only for") == true)
  }
}
