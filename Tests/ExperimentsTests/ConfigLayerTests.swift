import Experiments
import Models
import Support
import Testing

/// A function for each activation layer.
@Suite struct ConfigLayerTests {
  private func yaml(_ activation: String, architecture: String = "ffnn") -> String {
    "datasets: [mnist]\narchitectures: [\(architecture)]\nactivations:\n  - relu\n  - \(activation)"
  }

  private func study(_ activation: String, architecture: String = "ffnn") throws -> StudyConfig {
    try parse(yaml(activation, architecture: architecture))
  }

  private static let learned =
    "{name: mixed, layers: [relu, {f: {formula: x * sigmoid(b * x), b: {learned: per-layer, initial: 1}}}]}"

  @Test func layersHaveFunctionsInOrder() throws {
    let study = try study("{name: mixed, layers: [relu, {srelu: {beta: 0.25}}]}")
    let mixed = study.activations[1]
    let srelu = ActivationSpec(name: "srelu", parameters: ["alpha": 1, "beta": 0.25])
    #expect(mixed == ActivationSpec(name: "mixed", layers: [ActivationSpec(name: "relu"), srelu]))
    #expect(mixed.label == "mixed(relu,srelu(beta=0.25))")
    #expect(mixed.shortDisplayLabel == "mixed(ReLU, SReLU(β=0.25))")
    #expect(mixed.displayLabel == "mixed(ReLU, SReLU(α=1, β=0.25))")
    #expect(mixed.functions == mixed.layers && srelu.functions == [srelu])
    #expect(srelu.functions(ofLayers: 3) == [srelu, srelu, srelu])
    #expect(mixed.functions(ofLayers: 3) == nil)
    // As other named things are written.
    #expect(try self.study("mixed: {layers: [relu, {srelu: {beta: 0.25}}]}") == study)
  }

  @Test func listsMakeAxes() throws {
    let study = try study(
      "{name: m, layers: [{elu: {alpha: [1, 2]}}, {srelu: {beta: [0.1, 0.2, 0.3]}}]}")
    let values = study.activations.dropFirst().map {
      [$0.layers[0].parameters["alpha"], $0.layers[1].parameters["beta"]]
    }
    #expect(
      values == [[1, 0.1], [1, 0.2], [1, 0.3], [2, 0.1], [2, 0.2], [2, 0.3]])
    #expect(Set(study.trials.map(\.id)).count == 7)
  }

  @Test func theNetworkHasThem() throws {
    let architecture = "cnn: {filters: [3, 4], hidden: [6, 5]}"
    let trial = try study(
      "{name: m, layers: [gelu, {leaky-relu: {slope: 0.5}}, tanh, relu]}",
      architecture: architecture
    ).trials[1]
    let spec = try NetworkSpec(trial, input: ImageShape(height: 28, width: 28), classes: 10)
    let functions = spec.layers.compactMap { layer -> Activation? in
      if case .activation(let activation) = layer { activation.function } else { nil }
    }
    #expect(functions == [.gelu, .leakyReLU(slope: 0.5), .tanh, .relu])
    #expect(
      ModelCost(
        architecture: trial.architecture, activation: trial.activation,
        input: ImageShape(height: 28, width: 28), classes: 10) == ModelCost(spec))
  }

  /// Learned parameters of some layers alone, and one that layers share wherever they are.
  @Test func someLayersLearn() throws {
    let shape = ImageShape(height: 28, width: 28)
    func tensors(_ activation: String, _ hidden: [Int]) throws -> [String] {
      let trial = try study(activation, architecture: "ffnn: {hidden: \(hidden)}").trials[1]
      return try NetworkSpec(trial, input: shape, classes: 10).plan()
        .flatMap { layer in layer.tensors.map { layer.name(of: $0) } }
        .filter { $0.hasPrefix("act") }
    }
    #expect(try tensors(Self.learned, [4, 3]) == ["act2.b"])
    let f = "{srelu: {beta: {learned: per-network, initial: 0.1}}}"
    #expect(
      try tensors("{name: m, layers: [relu, \(f), gelu, \(f)]}", [4, 3, 3, 3]) == ["act.beta"])
  }

  @Test func studiesTrialsAndResultsComeBack() throws {
    let study = try parse(
      yaml(Self.learned) + "\n  - {name: other, layers: [{srelu: {beta: {learned: per-unit, "
        + "initial: 0.1, minimum: 0, maximum: 1}}}, gelu]}")
    #expect(study.activations.count == 3)
    #expect(try parse(study.yaml) == study)
    let copy: StudyConfig = try JSON.value(from: try JSON.bytes(study))
    #expect(copy == study && copy.digest == study.digest)
    for trial in study.trials {
      #expect(try Trial(canonicalConfiguration: trial.canonicalConfiguration) == trial)
      let summary = TrialSummary(trial, status: .skipped, reason: nil)
      #expect(try TrialSummary(json: try summary.json()) == summary)
    }
    #expect(Set(study.trials.map(\.id)).count == 3)
    #expect(!study.trials[0].canonicalConfiguration.contains("layers"))
  }

  @Test func resultsNameTheLayers() throws {
    let trials = try study(Self.learned).trials
    let csv = TrialSummary.csv(trials.map { TrialSummary($0, status: .skipped, reason: nil) })
    let lines = csv.split(separator: "\n")
    #expect(lines.count == 3 && lines[0].hasSuffix(",generalisation_gap,layers"))
    #expect(lines[1].hasSuffix(","))
    #expect(
      lines[2].hasSuffix(
        #","[relu, {f: {formula: ""x * sigmoid(b * x)"", b: {learned: per-layer, initial: 1}}}]""#))
    let plain = TrialSummary.csv([TrialSummary(trials[0], status: .skipped, reason: nil)])
    #expect(!plain.contains("layers"))
  }

  @Test(arguments: [
    ("{name: relu, layers: [relu, tanh]}", "‘relu’ is built in"),
    ("{name: 1m, layers: [relu, tanh]}", "begins with a letter"),
    ("{layers: [relu, tanh]}", "expected this key"),
    ("{name: m, layers: []}", "a list of 1 to 200 functions"),
    ("{name: m, layers: relu}", "a list of 1 to 200 functions"),
    ("{name: m, layers: [relu, srelo]}", "did you mean srelu?"),
    ("{name: m, layers: [relu, {name: n, layers: [relu]}]}", "a layer has one function"),
    ("{name: m, layers: [relu, {n: {layers: [relu]}}]}", "a layer has one function"),
    ("{name: m, layers: [relu, tanh], beta: 1}", "unknown key"),
    ("{name: m, layers: [relu, {srelu: {beta: -1}}]}", "expected a number from 0"),
    ("{name: m, layers: [relu, {f: {formula: log(x)}}]}", "isn't finite"),
    (
      "{name: m, layers: [{f: {formula: x}}, {f: {formula: 2 * x}}]}", "two formulas are called ‘f’"
    ),
    ("{name: f, layers: [{f: {formula: x}}, relu]}", "are called ‘f’"),
    (
      "{name: m, layers: [{srelu: {beta: {learned: per-network, initial: 0.1}}}, "
        + "{swish: {beta: {learned: per-network, initial: 0.1}}}]}", "can't have one beta"
    ),
    (
      "{name: m, layers: [{srelu: {beta: {learned: per-network, initial: 0.1}}}, "
        + "{srelu: {beta: {learned: per-network, initial: 0.2}}}]}", "can't have one beta"
    ),
    ("{name: m, layers: [relu]}", "m has 1 function, and ffnn has 2 activation layers"),
    (
      "{name: m, layers: [relu, tanh, gelu]}", "m has 3 functions, and ffnn has 2 activation layers"
    ),
  ])
  func faultsAreSaid(_ activation: String, _ word: String) {
    let found = problems(yaml(activation))
    #expect(found.count == 1 && found[0].message.contains(word), "\(activation): \(found)")
    #expect(found.first?.location.line == 5)
  }

  @Test func twoListsOfOneNameAreRefused() {
    let found = problems(
      yaml("{name: m, layers: [relu, tanh]}") + "\n  - {name: m, layers: [tanh, relu]}")
    #expect(found.first?.message.contains("two activations are called ‘m’") == true, "\(found)")
  }

  /// Before anything is run; a pair that is left out needn't fit.
  @Test func aNetworkOfOtherLayersIsNamed() throws {
    let both = yaml("{name: m, layers: [relu, tanh]}", architecture: "ffnn, cnn")
    let found = problems(both)
    #expect(found.count == 1 && found[0].location.line == 5)
    #expect(
      found.first?.message.contains("m has 2 functions, and cnn has 4 activation layers") == true)
    #expect(found.first?.message.contains("{architecture: cnn, activation: m}") == true)
    let study = try parse(both + "\nexclude: [{architecture: cnn, activation: m}]")
    #expect(study.trials.map(\.activation.name) == ["relu", "m", "relu"])
    #expect(try parse(study.yaml) == study)
  }

  @Test func aTrialForOtherLayersIsRefused() throws {
    let trial = try study("{name: m, layers: [relu, tanh]}").trials[1]
    let other = try Trial(
      canonicalConfiguration: trial.canonicalConfiguration.replacing("[512,512]", with: "[512]"))
    let error = #expect(throws: TrialShapeError.self) {
      try NetworkSpec(other, input: ImageShape(height: 28, width: 28), classes: 10)
    }
    #expect(error?.description.contains("for 2 activation layers, and the network has 1") == true)
  }

  @Test(arguments: [
    "{name: m, layers: [relu, {srelu: {beta: 0.2}}]}", "m: {layers: [relu, srelu]}",
  ])
  func layersAreSearched(_ activation: String) throws {
    let study = try parse(
      yaml(activation) + "\nsearch: {method: random, trials: 3, parameters: "
        + "{activations.m.layers.srelu.beta: {uniform: [0.5, 2]}}}")
    let found = study.trials.filter { $0.activation.name == "m" }.compactMap {
      $0.activation.layers[1].parameters["beta"]
    }
    #expect(Set(found).count == 3 && found.allSatisfy { (0.5...2).contains($0) })
  }

  /// It has a colour of its own, the same in every study.
  @Test func aStyleIsNotThatOfTheUnknown() throws {
    let mixed = ActivationSpec(name: "mixed", layers: [ActivationSpec(name: "relu")])
    #expect(mixed.style != .unknown)
    #expect(ActivationSpec(name: "nothing").style == .unknown)
    #expect(ActivationSpec(name: "relu").style == ActivationCatalogue.entry(named: "relu")?.style)
  }
}
