extension StudyConfig {
  /// The values of each training setting that a study's grid goes through.
  package struct TrainingAxes: Hashable, Codable, Sendable {
    /// The values of a setting: the same on all data sets, or by the name of the data set.
    enum Axis: Hashable, Codable, Sendable {
      case common([SettingValue])
      case byDataset([String: [SettingValue]])

      func values(on dataset: String) -> [SettingValue] {
        switch self {
        case .common(let values): values
        case .byDataset(let values): values[dataset] ?? []
        }
      }
    }

    /// By key, every setting.
    private var axes: [String: Axis] = [:]

    /// The paper's settings; none of those that go by data set.
    init() {
      for field in TrainingSpec.settings {
        set(field, to: .common(field.setting.defaultValue.map { [$0] } ?? []))
      }
    }

    mutating func set(_ field: SettingField<TrainingSpec>, to axis: Axis) {
      axes[field.setting.key] = axis
    }

    /// The paper's settings with numbers of epochs by the name of the data set.
    package init(epochs: [String: [Int]]) {
      self.init()
      axes["epochs"] = .byDataset(epochs.mapValues { $0.map(\.settingValue) })
    }

    /// The values of the setting that is kept at `path`; of one that goes by data set, those on `dataset`.
    package func values<Value: SettingRepresentable>(
      of path: KeyPath<TrainingSpec, Value>, on dataset: String = ""
    ) -> [Value] {
      TrainingSpec.settings.first { ($0.path as PartialKeyPath) == path }.map {
        values(of: $0, on: dataset)
      }?
      .compactMap(Value.init) ?? []
    }

    /// The values of a setting on one of the study's data sets.
    func values(of field: SettingField<TrainingSpec>, on dataset: String) -> [SettingValue] {
      axes[field.setting.key]?.values(on: dataset) ?? []
    }

    /// Every combination, the last setting changing fastest.
    func trainings(on dataset: String) -> [TrainingSpec] {
      TrainingSpec.settings.reduce([TrainingSpec(epochs: 1)]) { specs, field in
        let values = values(of: field, on: dataset)
        return specs.flatMap { spec in
          values.map { value in
            var changed = spec
            field.set(&changed, value)
            return changed
          }
        }
      }
    }

    /// How many values each setting has on one of the study's data sets.
    func counts(on dataset: String) -> [Int] {
      TrainingSpec.settings.map { values(of: $0, on: dataset).count }
    }
  }
}
