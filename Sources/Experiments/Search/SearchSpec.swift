/// How a study looks for good values of some settings instead of going through a grid of them.
public struct SearchSpec: Hashable, Codable, Sendable {
  /// What a search makes small.
  package enum Objective: String, Codable, CaseIterable, SettingRepresentable {
    /// Mean loss over the test set.
    case testLoss = "test-loss"
    /// Share of test samples that are classified wrongly.
    case testAccuracy = "test-accuracy"
    /// Mean loss over the training set, in training mode.
    case trainLoss = "train-loss"
  }

  /// A config's key and where its values come from.
  package struct Parameter: Hashable, Codable, Sendable {
    /// The key's path: `activations.srelu.beta`, `training.learning-rate`.
    package var key: String
    package var distribution: SearchDistribution

    package init(key: String, distribution: SearchDistribution) {
      self.key = key
      self.distribution = distribution
    }
  }

  /// The name of the method: one of `SearchStrategies.all`.
  package var method: String
  /// How many configurations are drawn.
  package var trials: Int
  package var seed: UInt64
  /// What is drawn, in the order of the config.
  package var parameters: [Parameter]
  /// The method's own settings that aren't at their defaults, by key.
  package var own: [String: SettingValue]

  package init(
    method: String, trials: Int, seed: UInt64 = 0, parameters: [Parameter],
    own: [String: SettingValue] = [:]
  ) {
    self.method = method
    self.trials = trials
    self.seed = seed
    self.parameters = parameters
    self.own = own
  }

  package var strategy: any SearchStrategy.Type {
    guard let found = SearchStrategies.all.first(where: { $0.name == method }) else {
      preconditionFailure("no search method is called \(method)")
    }
    return found
  }

  /// The value of one of the method's own settings.
  subscript<Value: SettingRepresentable>(setting: Setting) -> Value {
    guard let value = (own[setting.key] ?? setting.defaultValue).flatMap(Value.init) else {
      preconditionFailure("\(setting.key) isn't a \(Value.self)")
    }
    return value
  }

  /// The settings common to all methods, in file order, without `parameters`.
  static let fields: [SettingField<SearchSpec>] = [
    SettingField(
      \.method,
      Setting(
        "method", .word(SearchStrategies.all.map { $0.name }, what: "method"), original: true,
        "How configurations are drawn, and how long each is trained."),
      value: { .word($0.method) },
      set: { search, value in if case .word(let name) = value { search.method = name } }),
    SettingField(
      \.trials,
      Setting(
        "trials", .integer(1...100_000), original: true, "The number of configurations to draw.")),
    SettingField(
      \.seed, of: SearchSpec(method: GridSearch.name, trials: 1, parameters: []),
      Setting("seed", .seed, original: true, "The seed of the draws.")),
  ]

  /// The objective, a setting of the methods that compare results.
  static let objective = Setting(
    "objective", .word(Objective.self, what: "objective"),
    default: Objective.testLoss.settingValue, original: true,
    "The measure that trials are compared by.")

  /// All settings below `search`, including those of single methods.
  package static var settings: [Setting] {
    fields.map(\.setting) + SearchStrategies.all.flatMap { $0.settings }
  }

  /// The measure that trials are compared and reported by.
  package var objective: Objective { self[Self.objective] }

  /// What the search compares, of an epoch: smaller is better, and NaN the worst.
  package func objectiveValue(of record: EpochRecord) -> Double {
    let value =
      switch objective {
      case .testLoss: record.testLoss
      case .testAccuracy: -record.testAccuracy
      case .trainLoss: record.trainLoss
      }
    return value.isFinite ? value : .infinity
  }

  /// Identifies the search, whatever its `trials`: a longer search continues from a shorter one's proposals.
  package var id: String {
    var search = self
    search.trials = 0
    return String(CanonicalJSON.array(search.yaml.map { .string($0) }).digest.prefix(16))
  }
}

/// A configuration that a search proposed.
public struct SearchProposal: Hashable, Sendable {
  /// `SearchSpec.id`.
  package var search: String
  /// The number of configurations proposed before.
  package var index: Int
  package var values: [String: Double]

  package init(search: String, index: Int, values: [String: Double]) {
    self.search = search
    self.index = index
    self.values = values
  }
}
