import Experiments
import Foundation
import Models
import Testing

/// What holds for every setting of the tables, those included that are added later.
@Suite struct SettingTests {
  /// A value that isn't the default.
  private static func other(_ setting: Setting) -> SettingValue {
    let candidates: [SettingValue]
    switch setting.type {
    case .number: candidates = [.number(0.25), .number(0.125)]
    case .integer, .odd: candidates = [.integer(3), .integer(5)]
    case .seed: candidates = [.seed(7), .seed(8)]
    case .flag: candidates = [.flag(true), .flag(false)]
    case .word(let words, _): candidates = words.map { .word($0) }
    case .sizes: candidates = [.sizes([3, 5]), .sizes([7])]
    case .variant(let variants, _):
      candidates = variants.map { variant in
        let parameters = variant.parameters.map { ($0.key, other($0)) }
        return .variant(
          VariantSpec(variant.name, parameters: Dictionary(uniqueKeysWithValues: parameters)))
      }
    }
    let value = candidates.first { $0 != setting.defaultValue && setting.type.accepts($0) }
    return value ?? candidates[0]
  }

  /// A value as YAML.
  private static func yaml(_ value: SettingValue) -> String {
    switch value {
    case .sizes(let sizes): "[\(sizes.map(String.init).joined(separator: ", "))]"
    case .variant(let variant):
      "{\(variant.name): {"
        + variant.parameters.map { "\($0): \(yaml($1))" }.joined(separator: ", ") + "}}"
    default: value.text
    }
  }

  private static func trial(_ field: SettingField<TrainingSpec>) throws -> Trial {
    let key = "training.\(field.setting.key)"
    let study = try parse(minimalYAML, overrides: ["\(key)=\(yaml(other(field.setting)))"])
    #expect(study.trials.count == 1)
    return try #require(study.trials.first)
  }

  @Test func aTrainingSettingIsReadAndIsPartOfTheTrial() throws {
    #expect(TrainingSpec.settings.count >= 5)
    let usual = try #require(try parse(minimalYAML).trials.first)
    for field in TrainingSpec.settings {
      let setting = field.setting
      let trial = try Self.trial(field)
      #expect(field.value(trial.training) == Self.other(setting), "\(setting.key)")
      #expect(trial.id != usual.id && trial.cellID != usual.cellID, "\(setting.key)")
      #expect(try Trial(canonicalConfiguration: trial.canonicalConfiguration) == trial)
      let data = try JSONEncoder().encode(trial)
      #expect(try JSONDecoder().decode(Trial.self, from: data) == trial)
      // What goes by data set is no part of a label.
      if setting.key != "epochs" { #expect(trial.label != usual.label, "\(setting.key)") }
    }
  }

  /// The text that ids are made of had these five before there was a table.
  @Test func onlyTheFirstSettingsAreInTheIdAtTheirDefaults() throws {
    let trial = try #require(try parse(minimalYAML).trials.first)
    let object = try JSONSerialization.jsonObject(with: Data(trial.canonicalConfiguration.utf8))
    let training = try #require((object as? [String: Any])?["training"] as? [String: Any])
    #expect(Set(training.keys) == ["optimizer", "learning_rate", "batch_size", "epochs"])
  }

  @Test func aTrainingSettingIsAnAxisOfTheGridAndOfAWrittenStudy() throws {
    for field in TrainingSpec.settings {
      let setting = field.setting
      let usual = setting.defaultValue ?? .integer(10)
      let values = "[\(Self.yaml(usual).replacing("adam: {}", with: "adam")), "
      let text = values + "\(Self.yaml(Self.other(setting)))]"
      let study = try parse(minimalYAML, overrides: ["training.\(setting.key)=\(text)"])
      #expect(study.trials.map { field.value($0.training) } == [usual, Self.other(setting)])
      #expect(study.trialCount == 2)
      let again = try StudyConfig(yaml: study.yaml, file: "study.yaml", baseDirectory: "/")
      #expect(again == study, "\(study.yaml)")
      let blocks = study.trials.map { Block(TrialSummary($0, status: .skipped, reason: nil)) }
      #expect(Set(Block.labels(of: blocks).values).count == 2, "\(setting.key)")
    }
  }

  @Test func aTrainingSettingIsAColumnAndAKeyOfTheResult() throws {
    for field in TrainingSpec.settings {
      let summary = TrialSummary(try Self.trial(field), status: .skipped, reason: nil)
      let place = try #require(TrialSummary.csvColumns().firstIndex(of: field.setting.column))
      #expect(summary.csvFields()[place] == Self.other(field.setting).text)
      #expect(try TrialSummary(json: summary.json()) == summary)
    }
  }

  @Test func aStudysSettingIsReadAndWritten() throws {
    #expect(StudyConfig.settings.count >= 6)
    for field in StudyConfig.settings {
      let value = Self.other(field.setting)
      let study = try parse(minimalYAML, overrides: ["\(field.setting.key)=\(Self.yaml(value))"])
      #expect(field.value(study) == value, "\(field.setting.key)")
      #expect(study.digest == (try parse(minimalYAML).digest))
      #expect(try StudyConfig(yaml: study.yaml, file: "s.yaml", baseDirectory: "/") == study)
    }
  }

  @Test func aNetworksParameterIsReadAndIsPartOfTheTrial() throws {
    for kind in ArchitectureSpec.Kind.allCases {
      for field in ArchitectureSpec.settings(of: kind) {
        let value = Self.other(field.setting)
        let study = try parse(
          """
          datasets: [mnist]
          architectures: [\(kind.rawValue): {\(field.setting.key): \(Self.yaml(value))}]
          activations: [relu]
          """)
        let spec = try #require(study.architectures.first)
        #expect(field.value(spec) == value)
        #expect(spec.label.contains("(\(field.setting.key)="))
        #expect(try StudyConfig(yaml: study.yaml, file: "test.yaml", baseDirectory: "/") == study)
      }
    }
  }

  /// Values just outside of each range of numbers are refused with the range's own words.
  @Test func aValueOutOfRangeIsRefusedWithTheRange() throws {
    for field in TrainingSpec.settings {
      switch field.setting.type {
      case .number, .integer:
        let found = problems(minimalYAML, overrides: ["training.\(field.setting.key)=-1"])
        #expect(found.map(\.key) == ["training.\(field.setting.key)"])
        #expect(found.first?.message.contains(field.setting.type.expectation) == true)
      default:
        let found = problems(minimalYAML, overrides: ["training.\(field.setting.key)=nonsense"])
        #expect(found.map(\.key) == ["training.\(field.setting.key)"])
      }
    }
  }

  @Test func defaultsLieInTheirRanges() {
    let settings =
      TrainingSpec.settings.map(\.setting) + StudyConfig.settings.map(\.setting)
      + SearchSpec.settings + ActivationCatalogue.entries.flatMap(\.parameters)
      + OptimizerCatalogue.variants.flatMap(\.parameters)
      + ArchitectureSpec.Kind.allCases.flatMap { ArchitectureSpec.settings(of: $0).map(\.setting) }
    #expect(settings.count > 25)
    for setting in settings {
      if let usual = setting.defaultValue { #expect(setting.type.accepts(usual), "\(setting.key)") }
      #expect(!setting.purpose.isEmpty && setting.purpose.hasSuffix("."), "\(setting.key)")
    }
  }
}

@Suite struct OptimizerTests {
  @Test(arguments: ["adam", "{adam: {}}", "{adam: {epsilon: 1e-7}}", "{adam: {beta1: 0.90}}"])
  func aParameterAtItsDefaultDoesNotCount(_ yaml: String) throws {
    let trial = try parse(minimalYAML, overrides: ["training.optimizer=\(yaml)"]).trials[0]
    #expect(trial.id == (try parse(minimalYAML).trials[0].id))
    #expect(trial.canonicalConfiguration.contains(#""optimizer":"adam""#))
  }

  @Test func parametersArePartOfTheIdAndTheLabel() throws {
    let study = try parse(
      minimalYAML,
      overrides: ["training.optimizer=[adam, {adam: {beta2: [0.99, 0.95], epsilon: 1e-3}}]"])
    #expect(
      study.trials.map(\.label) == [
        "relu mnist ffnn seed 0", "relu mnist ffnn adam(beta2=0.99,epsilon=0.001) seed 0",
        "relu mnist ffnn adam(beta2=0.95,epsilon=0.001) seed 0",
      ])
    #expect(
      study.trials[1].canonicalConfiguration.contains(
        #""optimizer":{"name":"adam","parameters":{"beta2":0.99,"epsilon":0.001}}"#))
    #expect(
      study.trials[1].training.optimizer.parameters == [
        "beta2": .number(0.99), "epsilon": .number(0.001),
      ])
    let adam = try #require(try study.trials[1].training.resolvedOptimizer() as? Adam)
    #expect([adam.beta1, adam.beta2, adam.epsilon] == [0.9, 0.99, 0.001])
  }

  @Test(arguments: [
    ("lion", "training.optimizer", "unknown optimizer \"lion\""),
    ("{adam: {beta3: 1}}", "training.optimizer.adam.beta3", "did you mean beta1?"),
    (
      "{adam: {beta1: 1}}", "training.optimizer.adam.beta1",
      "a number from 0 up to, not including, 0.999999"
    ),
    (
      "{adam: {epsilon: 0}}", "training.optimizer.adam.epsilon",
      "a number from 1e-30 up to, not including, 1"
    ),
    ("[adam, adam]", "training.optimizer[1]", "twice"),
  ])
  func aWrongOptimizerIsNamed(_ yaml: String, _ key: String, _ says: String) {
    let found = problems(minimalYAML, overrides: ["training.optimizer=\(yaml)"])
    #expect(found.map(\.key) == [key])
    #expect(found.first?.message.contains(says) == true, "\(found)")
  }

  @Test func aSearchReachesAParameter() throws {
    let study = try parse(
      minimalYAML + """

        search:
          method: random
          trials: 3
          parameters: {training.optimizer.adam.epsilon: {log-uniform: [1e-8, 1e-3]}}
        """)
    #expect(study.trials.count == 3)
    #expect(study.trials.allSatisfy { $0.training.optimizer.parameters["epsilon"] != nil })
  }
}
