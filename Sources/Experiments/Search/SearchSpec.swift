/// How a study looks for good values of some settings instead of going through a grid of them.
public struct SearchSpec: Hashable, Codable, Sendable {
  /// How configurations are drawn, and how long each is trained.
  public enum Method: String, Codable, CaseIterable, SettingRepresentable {
    /// None is drawn: the plain grid.
    case grid
    /// Independent draws.
    case random
    /// A Sobol' sequence, which covers the space more evenly than independent draws.
    case sobol
    /// Independent draws, most of which are stopped early: asynchronous successive halving.
    case asha
  }

  /// What a search makes small.
  public enum Objective: String, Codable, CaseIterable, SettingRepresentable {
    /// Mean loss over the test set.
    case testLoss = "test-loss"
    /// Share of test samples that are classified wrongly.
    case testAccuracy = "test-accuracy"
    /// Mean loss over the training set, in training mode.
    case trainLoss = "train-loss"
  }

  /// A config's key and where its values come from.
  public struct Parameter: Hashable, Codable, Sendable {
    /// The key's path: `activations.srelu.beta`, `training.learning-rate`.
    public var key: String
    /// The values.
    public var distribution: SearchDistribution

    /// A key with its values.
    public init(key: String, distribution: SearchDistribution) {
      self.key = key
      self.distribution = distribution
    }
  }

  /// How configurations are drawn.
  public var method: Method
  /// How many configurations are drawn.
  public var trials: Int
  /// Decides the draws.
  public var seed: UInt64
  /// What is drawn, in the order of the config.
  public var parameters: [Parameter]
  /// Of how many trials that reach a rung one goes on to the next; for `asha`.
  public var reductionFactor: Int
  /// Epochs of the first rung; for `asha`.
  public var minimumEpochs: Int
  /// What is compared; for `asha`.
  public var objective: Objective

  /// A search from its parts.
  public init(
    method: Method, trials: Int, seed: UInt64 = 0, parameters: [Parameter],
    reductionFactor: Int = 3, minimumEpochs: Int = 1, objective: Objective = .testLoss
  ) {
    self.method = method
    self.trials = trials
    self.seed = seed
    self.parameters = parameters
    self.reductionFactor = reductionFactor
    self.minimumEpochs = minimumEpochs
    self.objective = objective
  }

  /// Every setting below `search`, in the order of files, without what it draws.
  public static let settings: [SettingField<SearchSpec>] = {
    let usual = SearchSpec(method: .grid, trials: 1, parameters: [])
    return [
      SettingField(
        \.method,
        Setting(
          "method", .word(Method.self, what: "method"), original: true,
          "How configurations are drawn, and how long each is trained."), datasetDefault: nil),
      SettingField(
        \.trials,
        Setting(
          "trials", .integer(1...100_000), original: true, "How many configurations are drawn."),
        datasetDefault: nil),
      SettingField(
        \.seed, of: usual, Setting("seed", .seed, original: true, "Decides the draws.")),
    ] + ashaSettings
  }()

  /// Those of successive halving.
  static let ashaSettings: [SettingField<SearchSpec>] = {
    let usual = SearchSpec(method: .asha, trials: 1, parameters: [])
    return [
      SettingField(
        \.reductionFactor, of: usual,
        Setting(
          "reduction-factor", .integer(2...1000), original: true,
          "For asha: of how many trials that reach a rung one goes on.")),
      SettingField(
        \.minimumEpochs, of: usual,
        Setting(
          "minimum-epochs", .integer(1...1_000_000), original: true,
          "For asha: epochs of the first rung.")),
      SettingField(
        \.objective, of: usual,
        Setting(
          "objective", .word(Objective.self, what: "objective"), original: true,
          "For asha: what is compared.")),
    ]
  }()

  /// What the search compares, of an epoch: smaller is better, and what is no number the worst.
  public func objectiveValue(of record: EpochRecord) -> Double {
    let value =
      switch objective {
      case .testLoss: record.testLoss
      case .testAccuracy: -record.testAccuracy
      case .trainLoss: record.trainLoss
      }
    return value.isFinite ? value : .infinity
  }
}

/// Where the values of a searched setting come from.
public enum SearchDistribution: Hashable, Codable, Sendable {
  /// Every number of a range equally likely.
  case uniform(ClosedRange<Double>)
  /// Every ratio equally likely: as many values between 0.01 and 0.1 as between 0.1 and 1.
  case logUniform(ClosedRange<Double>)
  /// Every whole number of a range equally likely, both ends included.
  case integer(ClosedRange<Int>)
  /// One of a list, all equally likely.
  case choice([Double])

  /// The value at a share of the distribution, in [0, 1). Fractions are rounded to six digits, so that
  /// they can be read and told.
  public func value(at share: Double) -> Double {
    switch self {
    case .uniform(let range):
      Self.rounded(range.lowerBound + share * (range.upperBound - range.lowerBound), within: range)
    case .logUniform(let range):
      Self.rounded(
        range.lowerBound * Self.power(range.upperBound / range.lowerBound, share), within: range)
    case .integer(let range):
      Double(
        min(range.lowerBound + Int(share * Double(range.count)), range.upperBound))
    case .choice(let values): values[min(Int(share * Double(values.count)), values.count - 1)]
    }
  }

  /// The values at the ends, or all of a list: what a config must accept.
  var extremes: [Double] {
    switch self {
    case .uniform(let range), .logUniform(let range): [range.lowerBound, range.upperBound]
    case .integer(let range): [Double(range.lowerBound), Double(range.upperBound)]
    case .choice(let values): values
    }
  }
}
