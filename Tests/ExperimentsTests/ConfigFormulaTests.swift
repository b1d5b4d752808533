import Experiments
import Models
import Testing

/// Formulas and learned parameters of a config.
@Suite struct ConfigFormulaTests {
  private func study(_ activations: String) throws -> StudyConfig {
    try parse("datasets: [wdbc]\narchitectures: [ffnn]\nactivations: [\(activations)]")
  }

  private func problem(_ activation: String) -> ConfigError.Problem? {
    problems("datasets: [wdbc]\narchitectures: [ffnn]\nactivations:\n  - \(activation)").first
  }

  @Test func formulasHaveParametersAndAxes() throws {
    let study = try study(
      #"""
      relu, mine: {formula: " x > 0 ? x : a * x * exp(b * x) ", a: [0.5, 1], b: 2}, \#
      plain: {formula: x / 2}
      """#)
    #expect(study.activations.map(\.name) == ["relu", "mine", "mine", "plain"])
    #expect(study.activations[1].parameters == ["a": 0.5, "b": 2])
    #expect(study.activations[2].parameters == ["a": 1, "b": 2])
    #expect(study.activations[3].formula == "x / 2")
    #expect(
      study.activations.map(\.label) == ["relu", "mine(a=0.5,b=2)", "mine(a=1,b=2)", "plain"])
    #expect(Set(study.trials.map(\.id)).count == study.trials.count)
  }

  @Test func parametersAreLearned() throws {
    let study = try study(
      """
      srelu: {beta: {learned: per-channel, initial: 0.2}}, \
      mine: {formula: x * sigmoid(b * x), b: {learned: per-network, initial: [1, 2]}}
      """)
    let (srelu, mine) = (study.activations[0], study.activations[1])
    #expect(srelu.parameters == ["alpha": 1, "beta": 0.2] && srelu.learned == ["beta": .channel])
    #expect(mine.learned == ["b": .network] && study.activations.count == 3)
    #expect(study.activations[2].parameters == ["b": 2])
    let learned = try Activation(srelu).learned
    #expect(learned == [Activation.Learned("beta", initial: 0.2, scope: .channel)])
    #expect(srelu.displayLabel == "SReLU(α=1, β=0.2 learned per-channel)")
  }

  /// Functions whose parameters are learned in the original learn them here, unless they are fixed.
  @Test func someLearnWithoutBeingTold() throws {
    let study = try study(
      """
      pelu, pelu: {beta: 2}, pelu: {alpha: {fixed: 1}, beta: {learned: per-unit, initial: 1}}, \
      pelu: {alpha: {fixed: [1, 2]}, beta: {fixed: 1}}, pade, s-shaped-relu
      """)
    let pelus = study.activations
    #expect(pelus[0].learned == ["alpha": .layer, "beta": .layer])
    #expect(pelus[0].bounds == ["alpha": .init(minimum: 0.1), "beta": .init(minimum: 0.1)])
    #expect(pelus[1].parameters == ["alpha": 1, "beta": 2] && pelus[1].learned == pelus[0].learned)
    #expect(pelus[2].learned == ["beta": .unit] && pelus[2].bounds.isEmpty)
    #expect(pelus[3].learned.isEmpty && pelus[4].parameters["alpha"] == 2)
    #expect(pelus[5].learned.count == 10 && pelus[6].learned["tl"] == .channel)
    #expect(
      pelus.map(\.label) == [
        "pelu", "pelu(beta=2)", "pelu(alpha=1 fixed,beta=1 learned per-unit)",
        "pelu(alpha=1 fixed,beta=1 fixed)", "pelu(alpha=2 fixed,beta=1 fixed)", "pade",
        "s-shaped-relu",
      ])
    #expect(try parse(study.yaml) == study)
    #expect(Set(study.trials.map(\.id)).count == 7)
    for trial in study.trials {
      #expect(try Trial(canonicalConfiguration: trial.canonicalConfiguration) == trial)
    }
    #expect(
      try Activation(pelus[6]).learned.map(\.scope) == [.channel, .channel, .channel, .channel])
  }

  @Test func noFunctionOfTheCatalogueHasAFlaw() {
    for definition in ActivationCatalogue.entries {
      #expect(definition.resolved().formulaFlaw == nil, "\(definition.name)")
    }
  }

  /// YAML, JSON and ids keep all of it; what has no formula has the id that it had.
  @Test func studiesAndTrialsComeBack() throws {
    let study = try study(
      """
      srelu, srelu: {beta: {learned: per-unit, initial: 0.1}}, \
      mine: {formula: "a * tanh(x)", a: 1.5}
      """)
    #expect(try parse(study.yaml) == study)
    for trial in study.trials {
      #expect(try Trial(canonicalConfiguration: trial.canonicalConfiguration) == trial)
    }
    #expect(Set(study.trials.map(\.id)).count == 3)
    #expect(study.trials[0].canonicalConfiguration.contains("formula") == false)
    #expect(study.trials[0].canonicalConfiguration.contains("learned") == false)
  }

  @Test func aSpellingIsPartOfTheId() throws {
    let one = try study("f: {formula: x * sigmoid(x)}").trials[0]
    let other = try study("f: {formula: x / (1 + exp(-x))}").trials[0]
    #expect(one.id != other.id)
  }

  /// Each with a word of what is said.
  @Test(arguments: [
    ("f: {formula: x +}", "column 4: expected a number"),
    ("f: {formula: sigmod(x)}", "did you mean ‘sigmoid’"),
    ("f: {formula: a * x}", "‘a’ in the formula has no value"),
    ("f: {formula: x, a: 1}", "expected no keys"),
    ("f: {formula: [x]}", "a formula in x"),
    ("f: {formula: a * x, a: yes}", "expected a number"),
    ("f: {formula: log(x)}", "the value isn't finite at x = 0.0: log(x) is -inf"),
    ("f: {formula: exp(x)}", "x = 88.7"),
    ("f: {formula: sqrt(abs(x))}", "the derivative isn't finite at x = 0"),
    ("relu: {formula: x}", "‘relu’ is built in"),
    ("1f: {formula: x}", "begins with a letter"),
    ("f: {formula: a * x, a: {learned: per-row, initial: 1}}", "per-layer"),
    ("f: {formula: a * x, a: {learned: per-layer, initial: 1, decay: true}}", "leave decay out"),
    ("f: {formula: a * x, a: {learned: per-layer, initial: 1, decay: 0}}", "expected false"),
    (
      "f: {formula: a * x, a: {learned: per-layer, initial: 1, minimum: 2}}",
      "the initial value, 1, is outside the bounds, from 2"
    ),
    (
      "srelu: {beta: {learned: per-layer, initial: [0.1, 3], maximum: 2}}",
      "the initial value, 3, is outside the bounds, up to 2"
    ),
    (
      "f: {formula: a * x, a: {learned: per-layer, initial: 1, minimum: 1, maximum: 1}}",
      "has to be below the maximum"
    ),
    (
      "f: {formula: a * x, a: {learned: per-layer, initial: 1, minimum: 1, maximum: 1.00000001}}",
      "also as 32-bit numbers"
    ),
    ("f: {formula: a * x, a: {learned: per-layer, initial: 1, minimum: [0]}}", "expected a number"),
    (
      "f: {formula: a * x, a: {learned: per-layer, initial: 1, maximum: .inf}}", "expected a number"
    ),
    // What a parameter may become counts, not only what it starts at.
    (
      "f: {formula: x / a, a: {learned: per-layer, initial: 1, minimum: -2, maximum: 2}}",
      "isn't finite at x = 0.0 with a = 0, which it may become"
    ),
    (
      "f: {formula: log(a + abs(x)), a: {learned: per-layer, initial: 1, minimum: 0}}", "with a = 0"
    ),
    ("celu: {alpha: {learned: per-layer, initial: 1, minimum: 0}}", "with alpha = 0"),
    ("f: {formula: a * x, a: {learned: per-layer}}", "{learned: per-channel, initial: 0.1}"),
    (
      "f: {formula: a * x, a: {learned: per-layer, initial: 1, rate: 2}}", "expected one of learned"
    ),
    ("prelu: {slope: {learned: per-layer, initial: 0.1}}", "use leaky-relu"),
    ("srelu: {beta: {learned: per-layer, initial: -1}}", "expected a number from 0"),
    ("pelu: {alpha: 0.05}", "the initial value, 0.05, is outside the bounds, from 0.1"),
    ("elu: {alpha: {fixed: 1}}", "leave out fixed"),
    ("pelu: {alpha: {fixed: 1, initial: 2}}", "expected one of fixed"),
    ("f: {formula: 1 / (x - 0.3)}", "isn't finite at x = 0.3: 1 / (x - 0.3) is inf"),
    (#"f: {formula: "abs(x - 1.5) < 1e-6 ? log(-x) : x"}"#, "log(-x) is NaN"),
    ("tanhs", "and 33 others"),
  ])
  func faultsAreSaid(_ activation: String, _ word: String) {
    let found = problem(activation)
    #expect(found?.message.contains(word) == true, "\(activation): \(found?.message ?? "nothing")")
    #expect(found?.location.line == 4)
  }

  /// One fault is said once: names of what couldn't be read aren't unknown too.
  @Test func aFaultIsNotRepeatedByExclusions() {
    let found = problems(
      """
      datasets: [wdbc, {name: own, csv: x.csv}]
      architectures: [ffnn]
      activations: [relu, a: {formula: x}, b: {formula: x +}]
      exclude: [{activation: a}, {activation: b}, {dataset: own}, {dataset: wdbc, activation: a}]
      """)
    #expect(found.count == 2 && found[1].message.contains("column 4"), "\(found)")
  }

  @Test func namesThatAreWordsOfYAMLAreQuoted() throws {
    let study = try study(#""yes": {formula: x}, "Null": {formula: 2 * x}"#)
    #expect(study.yaml.contains(#""yes": {"#) && study.yaml.contains(#""Null": {"#))
    #expect(try parse(study.yaml) == study)
  }

  @Test func twoFormulasOfOneNameAreRefused() {
    let found = problems(
      "datasets: [wdbc]\narchitectures: [ffnn]\nactivations: [f: {formula: x}, f: {formula: 2 * x}]"
    )
    #expect(found.first?.message.contains("two formulas are called ‘f’") == true, "\(found)")
  }

  /// A formula's excluded, searched and reported by its name.
  @Test func formulasAreSearchedAndExcluded() throws {
    let study = try parse(
      """
      datasets: [wdbc]
      architectures: [ffnn]
      activations: [relu, f: {formula: x * sigmoid(b * x), b: 1}]
      search: {method: random, trials: 3, parameters: {activations.f.b: {uniform: [0.5, 2]}}}
      """)
    let values = Set(study.trials.compactMap { $0.activation.parameters["b"] })
    #expect(values.count == 3 && values.allSatisfy { (0.5...2).contains($0) })
    let excluded = try parse(
      """
      datasets: [wdbc]
      architectures: [ffnn]
      activations: [relu, f: {formula: 2 * x}]
      exclude: [{activation: f}]
      """)
    #expect(excluded.trials.map(\.activation.name) == ["relu"])
  }

  // MARK: - Bounds

  @Test func learnedParametersHaveBounds() throws {
    let study = try study(
      """
      leaky-relu: {slope: {learned: per-channel, initial: 0.1, minimum: 0, maximum: 1, decay: false}}, \
      f: {formula: a * tanh(b * x), a: {learned: per-layer, initial: 1, minimum: 0.5}, \
      b: {learned: per-unit, initial: -1, maximum: 0}}
      """)
    let (leaky, f) = (study.activations[0], study.activations[1])
    #expect(leaky.bounds == ["slope": ParameterBounds(minimum: 0, maximum: 1)])
    #expect(
      f.bounds == ["a": ParameterBounds(minimum: 0.5), "b": ParameterBounds(maximum: 0)])
    #expect(try Activation(leaky).learned.map(\.bounds) == [0...1])
    #expect(
      try Activation(f).learned.map(\.bounds) == [0.5 ... .infinity, -Float.infinity...0])
    // A slope that can't be negative needs no pooling after the function.
    #expect(try Activation(leaky).shape == .monotone)
    #expect(leaky.label == "leaky-relu(slope=0.1 learned per-channel from 0 to 1)")
    #expect(
      f.label == "f(a=1 learned per-layer from 0.5,b=-1 learned per-unit up to 0)")
    #expect(try parse(study.yaml) == study)
    for trial in study.trials {
      #expect(try Trial(canonicalConfiguration: trial.canonicalConfiguration) == trial)
    }
  }

  /// Bounds count in ids where they are given, and only there.
  @Test func boundsArePartOfTheId() throws {
    func trial(_ bounds: String) throws -> Trial {
      try study("leaky-relu: {slope: {learned: per-layer, initial: 0.1\(bounds)}}").trials[0]
    }
    let plain = try trial("")
    #expect(!plain.canonicalConfiguration.contains("bounds"))
    #expect(try trial(", decay: false").id == plain.id)
    let ids = try ["", ", minimum: 0", ", maximum: 1", ", minimum: 0, maximum: 1"].map {
      try trial($0).id
    }
    #expect(Set(ids).count == 4)
    let bounded = try trial(", minimum: 0, maximum: 1").canonicalConfiguration
    #expect(bounded.contains(#""bounds":{"slope":{"maximum":1,"minimum":0}}"#), "\(bounded)")
  }

  /// A file that says what no config could.
  @Test(arguments: [
    #"{"slope":{"maximum":0.05,"minimum":0}}"#, #"{"slope":{}}"#, #"{"other":{"minimum":0}}"#,
    #"{"slope":{"maximum":0,"minimum":1}}"#,
  ])
  func impossibleBoundsAreRefused(_ bounds: String) throws {
    let trial = try study(
      "leaky-relu: {slope: {learned: per-layer, initial: 0.1, minimum: 0, maximum: 1}}"
    ).trials[0]
    let text = trial.canonicalConfiguration.replacing(
      #"{"slope":{"maximum":1,"minimum":0}}"#, with: bounds)
    #expect(text != trial.canonicalConfiguration)
    #expect(throws: (any Error).self) { try Trial(canonicalConfiguration: text) }
  }

  @Test func aBoundsFaultNamesItsKey() {
    let found = problem("srelu: {beta: {learned: per-layer, initial: 3, maximum: 2}}")
    #expect(found?.key == "activations[0].srelu.beta.initial" && found?.location.line == 4)
    let order = problem("srelu: {beta: {learned: per-layer, initial: 3, minimum: 4, maximum: 2}}")
    #expect(order?.key == "activations[0].srelu.beta.minimum" && order?.location.line == 4)
  }
}
