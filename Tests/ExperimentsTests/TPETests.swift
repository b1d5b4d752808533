import Experiments
import Foundation
import Testing

@Suite struct ParzenEstimatorTests {
  /// The normal distribution, from the C library's error function.
  private static func mass(_ mean: Double, _ width: Double, _ low: Double, _ high: Double) -> Double
  {
    (erf((high - mean) / width / 2.0.squareRoot()) - erf((low - mean) / width / 2.0.squareRoot()))
      / 2
  }

  private static func density(
    _ x: Double, _ mean: Double, _ width: Double, _ low: Double, _ high: Double
  ) -> Double {
    exp(-0.5 * pow((x - mean) / width, 2)) / (width * (2 * Double.pi).squareRoot())
      / mass(mean, width, low, high)
  }

  /// Of 0.2 and 0.9 in [0, 1], whose middle is 0.5: kernels as wide as the gap to the farther neighbour,
  /// 0.3 and 0.4, and one as wide as the range.
  @Test func kernelsReachTheirFartherNeighbour() {
    let estimator = ParzenEstimator([0.2, 0.9], of: .uniform(0...1))
    for x in [0, 0.1, 0.35, 0.5, 0.77, 1] {
      var expected = Self.density(x, 0.2, 0.3, 0, 1) + Self.density(x, 0.9, 0.4, 0, 1)
      expected = (expected + Self.density(x, 0.5, 1, 0, 1)) / 3
      #expect(abs(estimator.density(x) - expected) < 1e-12 * expected)
    }
  }

  /// In the logarithm, and no narrower than the range over one more than there are kernels: of two
  /// observations that are close together and the middle, a quarter of ln 100.
  @Test func kernelsHaveALeastWidth() {
    let estimator = ParzenEstimator([0.1, 0.11], of: .logUniform(0.01...1))
    let (low, middle, other): (Double, Double, Double) = (log(0.01), log(0.1), log(0.11))
    let length: Double = log(100)
    for x in [0.01, 0.05, 0.1, 0.5, 1] {
      var expected = Self.density(log(x), middle, length / 4, low, 0)
      expected += Self.density(log(x), other, length / 4, low, 0)
      expected += Self.density(log(x), middle, length, low, 0)
      expected /= 3
      #expect(abs(estimator.density(x) - expected) < 1e-9 * expected, "\(x)")
    }
  }

  @Test func wholeNumbersHaveTheMassOfHalfAOneOnEitherSide() {
    let estimator = ParzenEstimator([2], of: .integer(1...6))
    // From 0.5 to 6.5, middle 3.5.
    for value in 1...6 {
      let (low, high) = (Double(value) - 0.5, Double(value) + 0.5)
      let kernel = Self.mass(2, 2, low, high) / Self.mass(2, 2, 0.5, 6.5)
      let expected = (kernel + Self.mass(3.5, 6, low, high) / Self.mass(3.5, 6, 0.5, 6.5)) / 2
      #expect(abs(estimator.density(Double(value)) - expected) < 1e-12)
    }
    let sum: Double = (1...6).reduce(0) { $0 + estimator.density(Double($1)) }
    #expect(abs(sum - 1) < 1e-12)
  }

  /// Three observations and one share for the whole list.
  @Test func aListCountsItsValues() {
    let estimator = ParzenEstimator([0.5, 0.5, 0.1], of: .choice([0.1, 0.2, 0.3, 0.5]))
    let densities: [Double] = [0.1, 0.2, 0.3, 0.5].map { estimator.density($0) }
    #expect(densities == [0.3125, 0.0625, 0.0625, 0.5625])
  }

  /// Values drawn at even shares are distributed as the density says.
  @Test(arguments: [
    (SearchDistribution.uniform(-2...3), [-1.5, 0, 0.1, 2.9, 2.9]),
    (.logUniform(1e-4...10), [0.001, 0.002, 5]), (.uniform(0...1), []),
  ]) func drawsFollowTheDensity(distribution: SearchDistribution, observed: [Double]) {
    let estimator = ParzenEstimator(observed, of: distribution)
    let count = 200
    let drawn = (0..<(count * (observed.count + 1))).map { index in
      estimator.value(
        kernel: (Double(index / count) + 0.5) / Double(observed.count + 1),
        share: (Double(index % count) + 0.5) / Double(count))
    }.sorted()
    // The integral by trapezoids, in the scale of the density.
    let isLogarithmic = if case .logUniform = distribution { true } else { false }
    let ends = [0, 1.0 - 0x1p-53].map { distribution.value(at: $0) }
      .map { isLogarithmic ? log($0) : $0 }
    let steps = 4000
    let width = (ends[1] - ends[0]) / Double(steps)
    let points = (0...steps).map { ends[0] + Double($0) * width }
    let densities = points.map { estimator.density(isLogarithmic ? exp($0) : $0) }
    var integral = 0.0
    for (index, point) in points.enumerated().dropFirst() {
      integral += (densities[index - 1] + densities[index]) / 2 * width
      let value = isLogarithmic ? exp(point) : point
      let below = Double(drawn.count { $0 <= value }) / Double(drawn.count)
      #expect(abs(below - integral) < 0.01, "at \(value)")
    }
    #expect(abs(integral - 1) < 1e-3)
  }
}

@Suite struct TPETests {
  private static let parameters = [
    SearchSpec.Parameter(key: "x", distribution: .uniform(-1...1)),
    SearchSpec.Parameter(key: "training.learning-rate", distribution: .logUniform(1e-4...1)),
    SearchSpec.Parameter(key: "n", distribution: .integer(1...64)),
  ]

  private static func spec(
    seed: UInt64 = 3, method: String = "tpe", own: [String: SettingValue] = [:]
  ) -> SearchSpec {
    SearchSpec(method: method, trials: 60, seed: seed, parameters: parameters, own: own)
  }

  private static let trial = Trial(
    dataset: DatasetSpec(name: "wdbc"), architecture: .ffnn,
    activation: ActivationSpec(name: "relu"),
    training: TrainingSpec(epochs: 1), seed: 0)

  private static func result(
    _ sample: Int, _ values: [Double], _ value: Double, bracket: Int = 0, hasEnded: Bool = true
  ) -> SearchResult {
    SearchResult(
      id: "\(bracket) \(sample)",
      trial: SearchedTrial(trial: trial, bracket: bracket, sample: sample, values: values),
      epoch: 1,
      value: value, hasEnded: hasEnded)
  }

  /// Smallest, 0, at x = 0.3, rate 0.01 and n = 20.
  private static func loss(_ values: [Double]) -> Double {
    pow(values[0] - 0.3, 2) + pow(log10(values[1]) + 2, 2) / 4 + pow((values[2] - 20) / 32, 2)
  }

  /// Proposes and tells, one after the other.
  private static func run(_ spec: SearchSpec, count: Int) -> [[Double]] {
    var strategy = spec.strategy.init(spec)
    return (0..<count).compactMap { index in
      guard let values = strategy.next(index) else { return nil }
      _ = strategy.report(result(index, values, loss(values)))
      return values
    }
  }

  /// Ranks are averaged over the grid's combinations, in one order: a dictionary's differs by instance.
  @Test func manyCombinationsAreRankedTheSameEachTime() {
    let spec = Self.spec(own: ["gamma": .number(0.6)])
    let runs = (0..<24).map { _ in
      var strategy = spec.strategy.init(spec)
      return (0..<60).map { index in
        let values = strategy.next(index) ?? []
        for bracket in 0..<7 {
          let loss = (Self.loss(values) * Double(bracket + 3) * 5).rounded()
          _ = strategy.report(Self.result(index, values, loss, bracket: bracket))
        }
        return values
      }
    }
    #expect(Set(runs).count == 1 && runs[0].allSatisfy { $0.count == 3 })
  }

  @Test func itFindsTheValleyWhereRandomDrawsDoNot() {
    var sums = ["tpe": 0.0, "random": 0.0]
    for seed in 0..<100 {
      for method in sums.keys {
        let proposed = Self.run(Self.spec(seed: UInt64(seed), method: method), count: 60)
        #expect(proposed.count == 60)
        sums[method, default: 0] += proposed.suffix(20).reduce(0) { $0 + Self.loss($1) } / 2000
      }
    }
    // Of draws that know nothing the mean is that of the ranges: of x 1/3 + 0.3², of the rate's quarter
    // of ∫(u + 2)² over [-4, 0] as much as 1/3, of n ((64² - 1) / 12 + 12.5²) / 32².
    let number: Double = ((64.0 * 64 - 1) / 12 + 12.5 * 12.5) / 1024
    let expected = 2.0 / 3 + 0.09 + number
    #expect(abs((sums["random"] ?? 0) - expected) < 0.1, "\(sums)")
    #expect((sums["tpe"] ?? .infinity) < 0.5 * expected, "\(sums)")
  }

  @Test func itBeginsWithIndependentDraws() {
    let random = Self.run(Self.spec(method: "random"), count: 12)
    let learnt = Self.run(Self.spec(), count: 12)
    #expect(learnt.prefix(10) == random.prefix(10))
    #expect(learnt[10] != random[10] && learnt[11] != random[11])
    let later = Self.run(Self.spec(own: ["startup": .integer(11)]), count: 12)
    #expect(later.prefix(11) == random.prefix(11) && later[11] != random[11])
    // What hasn't ended tells nothing.
    var strategy = Self.spec().strategy.init(Self.spec())
    for (index, values) in random.enumerated() {
      _ = strategy.report(Self.result(index, values, 1, hasEnded: false))
    }
    #expect(strategy.next(11) == random[11])
  }

  @Test func proposalsDependOnWhatWasToldAndNotOnItsOrder() {
    let random = Self.run(Self.spec(method: "random"), count: 20)
    func told(_ order: [Int], _ loss: ([Double]) -> Double, seed: UInt64 = 3) -> [[Double]] {
      let spec = Self.spec(seed: seed)
      var strategy = spec.strategy.init(spec)
      for index in order {
        _ = strategy.report(Self.result(index, random[index], loss(random[index])))
      }
      return (20..<40).compactMap { strategy.next($0) }
    }
    let proposed = told(Array(0..<20), Self.loss)
    #expect(proposed.count == 20 && Set(proposed).count == 20)
    #expect(told((0..<20).reversed(), Self.loss) == proposed)
    #expect(told(Array(0..<20) + [3, 3], Self.loss) == proposed)
    #expect(told(Array(0..<20), { -Self.loss($0) }) != proposed)
    #expect(told(Array(0..<20), Self.loss, seed: 4) != proposed)
    // Which is better counts, and not by how much.
    #expect(told(Array(0..<20), { exp(Self.loss($0)) }) == proposed)
    for values in proposed {
      #expect((-1...1).contains(values[0]) && (1e-4...1).contains(values[1]))
      #expect((1...64).contains(values[2]) && values[2] == values[2].rounded())
      #expect(values[0] == Double(String(format: "%.6g", values[0])))
    }
  }

  /// What failed is the worst, and combinations of the grid count alike whatever their losses are like.
  @Test func failuresAndCombinationsCount() {
    let random = Self.run(Self.spec(method: "random"), count: 20)
    func propose(_ results: [SearchResult]) -> [[Double]] {
      var strategy = Self.spec().strategy.init(Self.spec())
      for result in results { _ = strategy.report(result) }
      return (20..<30).compactMap { strategy.next($0) }
    }
    func results(_ bracket: Int, _ loss: (Int) -> Double) -> [SearchResult] {
      random.indices.map { Self.result($0, random[$0], loss($0), bracket: bracket) }
    }
    let plain = propose(results(0, Double.init))
    for worst in [Double.infinity, .nan, 1e300] {
      #expect(propose(results(0) { $0 == 19 ? worst : Double($0) }) == plain)
    }
    // The second one's differences are tiny: its order, here the same, counts all the same.
    #expect(propose(results(0, Double.init) + results(1) { 5 + Double($0) * 1e-9 }) == plain)
    // Two that say the opposite make all equal, and the first are the good ones.
    #expect(propose(results(0, Double.init) + results(1) { -Double($0) }) == plain)
    #expect(propose(results(0) { -Double($0) }) != plain)
    let baseline = SearchResult(
      id: "b", trial: SearchedTrial(trial: Self.trial, bracket: 7, sample: nil), epoch: 1, value: 0,
      hasEnded: true)
    #expect(propose(results(0, Double.init) + [baseline]) == plain)
  }

  private static let yaml = """
    name: learns
    datasets: [wdbc]
    architectures: [ffnn]
    activations: [relu, srelu]
    seeds: [0, 1]
    training: {epochs: 4}
    search:
      method: tpe
      trials: 8
      parameters:
        activations.srelu.beta: {log-uniform: [0.01, 1.0]}
    """

  @Test func trialsAreKnownAsTheyAreProposed() throws {
    let study = try parse(Self.yaml)
    #expect(study.trials.map(\.activation.name) == ["relu", "relu"])
    #expect(study.configurationsToCome == 8 && study.trialsToCome == 16)
    #expect(study.standIns.map(\.activation.parameters["beta"]) == [0.1, 0.1])
    let betas = study.coveringTrials.compactMap { $0.activation.parameters["beta"] }
    #expect(betas.min() == 0.01 && betas.max() == 1)
    var later = study
    let added = later.propose([0.25])
    #expect(added.map(\.trial.activation.parameters["beta"]) == [0.25, 0.25])
    #expect(added.map(\.trial.seed) == [0, 1] && added.map(\.bracket) == [2, 3])
    #expect(added.allSatisfy { $0.sample == 0 && $0.values == [0.25] })
    #expect(later.trials == study.trials + added.map(\.trial))
    #expect(later.propose([0.25]).isEmpty && later.configurationsToCome == 6)
    #expect(later.draws == SearchDraws(asked: 8, proposed: 2, repeated: 1))
    // What is out of range, as in a journal that somebody wrote, brings nothing.
    #expect(later.propose([7]).isEmpty && later.propose([.nan]).isEmpty)
    // All ranks agree on the study whatever was proposed; another search is another study.
    #expect(later.digest == study.digest)
    for other in ["search.seed=1", "search.gamma=0.2", "seeds=[0]", "training.epochs=5"] {
      #expect(try parse(Self.yaml, overrides: [other]).digest != study.digest, "\(other)")
    }
    // The trials are those of the plain study with that value.
    let plain = try parse(
      Self.yaml, overrides: ["search={method: grid}", "activations=[relu, srelu: {beta: 0.25}]"])
    #expect(plain.trials == study.trials + added.map(\.trial))
  }

  @Test func earlierProposalsAreTakenUp() throws {
    let study = try parse(Self.yaml)
    var later = study
    var proposals: [String: [Int: [String: Double]]] = [:]
    for beta in [0.02, 0.5, 0.7] {
      _ = later.propose([beta])
      let proposal = try #require(later.lastProposal)
      proposals[proposal.search, default: [:]][proposal.index] = proposal.values
    }
    #expect(study.proposing(proposals) == later)
    #expect(later.proposing(proposals) == later)
    // More trials go on from there, fewer have the first ones; another search begins anew.
    let more = try parse(Self.yaml, overrides: ["search.trials=20"]).proposing(proposals)
    #expect(more.trials == later.trials && more.configurationsToCome == 17)
    let fewer = try parse(Self.yaml, overrides: ["search.trials=2"]).proposing(proposals)
    #expect(fewer.trials == Array(later.trials.prefix(6)) && fewer.configurationsToCome == 0)
    for other in ["search.seed=1", "search.startup=3", "search.method=random"] {
      let other = try parse(Self.yaml, overrides: [other])
      #expect(other.proposing(proposals) == other)
    }
  }

  @Test func aSearchReadsBack() throws {
    for extra in [
      [], ["search.startup=3", "search.gamma=0.25", "search.candidates=100"],
      ["search.objective=test-accuracy"],
      ["search.parameters={training.epochs: {integer: [2, 9]}}"],
    ] {
      let study = try parse(Self.yaml, overrides: extra)
      let again = try parse(study.yaml)
      #expect(
        again == study && again.digest == study.digest && again.search?.id == study.search?.id)
    }
  }

  @Test(arguments: [
    ("search.startup=0", "from 1 to"), ("search.gamma=1", "below 1"),
    ("search.candidates=0", "from 1 to"), ("search.minimum-epochs=2", "only for the method asha"),
    ("search.objective=f1", "unknown objective"),
    ("search.parameters={activations.srelu.beta: {uniform: [-1, 1]}}", "found -1"),
    ("search.trials=50001", "more than 100000 trials"),
    ("search.trials=", "a whole number"),
  ]) func whatIsWrongIsSaid(override: String, expected: String) {
    let found = problems(Self.yaml, overrides: [override])
    #expect(found.contains { $0.description.contains(expected) }, "\(found)")
  }
}
