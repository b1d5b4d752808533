/// How a trial is optimised, every parameter resolved; the defaults are the paper's. A new setting is a
/// property here and its description in `settings`.
package struct TrainingSpec: Hashable, Sendable {
  /// The optimizer with the parameters that differ from their defaults.
  package var optimizer = VariantSpec("adam")
  package var learningRate: Double
  /// Samples per step over all ranks of the group.
  package var batchSize: Int
  /// Passes over the training set.
  package var epochs: Int
  /// What the dense layers multiply.
  package var precision: NumberFormat
  /// Whether each epoch takes the samples in an order of its own.
  package var shuffle = true

  /// The paper's settings but for those given.
  package init(
    learningRate: Double = 0.001, batchSize: Int = 128, epochs: Int, precision: NumberFormat = .fp32
  ) {
    self.epochs = epochs
    self.learningRate = learningRate
    self.batchSize = batchSize
    self.precision = precision
  }

  /// Every setting below `training`. The grid goes through them in this order, the last one fastest.
  package static let settings: [SettingField<TrainingSpec>] = {
    let usual = TrainingSpec(epochs: 1)
    return [
      SettingField(
        \.optimizer, of: usual,
        Setting(
          "optimizer", .variant(OptimizerCatalogue.variants, what: "optimizer"),
          original: true, phrase: "_",
          "The update rule: a name, or a name with its parameters.")),
      SettingField(
        \.learningRate, of: usual,
        Setting(
          "learning-rate", .number(.init(minimum: 0, excludesMinimum: true, maximum: 1000)),
          original: true, symbol: "rate", phrase: "rate _", "The optimizer's step size.")),
      SettingField(
        \.batchSize, of: usual,
        Setting(
          "batch-size", .integer(1...10_000_000), original: true, symbol: "batch",
          phrase: "batch _",
          "Samples per step, over all ranks of the group.")),
      SettingField(
        \.epochs,
        Setting(
          "epochs", .integer(1...1_000_000), original: true, phrase: "_ epochs",
          defaultText: "the paper's",
          "Passes over the training set: a number, or one for each data set and a `default`."),
        datasetDefault: { $0.known?.paperEpochs.settingValue }),
      SettingField(
        \.precision, of: usual,
        Setting(
          "precision", .word(NumberFormat.self, what: "precision"), inResults: true,
          column: "number_format",
          phrase: "_",
          "The number format of the dense layers' products; bf16 needs AVX512_BF16."
        )),
      SettingField(
        \.shuffle, of: usual,
        Setting(
          "shuffle", .flag,
          "Whether each epoch visits the samples in an order drawn from the seed, or as stored.")),
    ]
  }()

  /// As `settings`, those that a config gives by data set last: the order of files and columns.
  static let inFileOrder =
    settings.filter { $0.datasetDefault == nil } + settings.filter { $0.datasetDefault != nil }

  /// Each setting with its value, in the order of files.
  package var values: [(setting: Setting, value: SettingValue)] {
    Self.inFileOrder.compactMap { field in field.value(self).map { (field.setting, $0) } }
  }
}

extension TrainingSpec: Codable {
  /// Reads `{"batch_size", "epochs", …}`; a setting that isn't there is at its default.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: SettingKey.self)
    self.init(epochs: 1)
    for field in Self.settings { try field.decode(field.setting.name, in: values, into: &self) }
  }

  /// Writes what ids are made of.
  package func encode(to encoder: any Encoder) throws { try canonical.encode(to: encoder) }

  /// What ids are made of: without later settings that are at their defaults.
  var canonical: CanonicalJSON { .object(canonicalMembers(of: self, Self.settings)) }
}

/// The settings that ids are made of, with their values.
func canonicalMembers<Owner>(
  of owner: Owner, _ fields: [SettingField<Owner>]
) -> [String: CanonicalJSON] {
  var members: [String: CanonicalJSON] = [:]
  for field in fields {
    if let value = field.value(owner), field.setting.isWritten(value) {
      members[field.setting.name] = value.json
    }
  }
  return members
}
