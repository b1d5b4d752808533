/// The training settings in which some trials differ: those that tell them apart.
struct TrainingDifferences: Sendable {
  /// The values of each setting, in the order of `TrainingSpec.settings`.
  private var values = Array(repeating: Set<SettingValue?>(), count: TrainingSpec.settings.count)

  init(_ trainings: some Sequence<TrainingSpec> = []) {
    for training in trainings { insert(training) }
  }

  mutating func insert(_ training: TrainingSpec) {
    for (index, field) in TrainingSpec.settings.enumerated() {
      values[index].insert(field.value(training))
    }
  }

  /// The keys of these settings.
  var keys: [String] {
    zip(TrainingSpec.settings, values).filter { $1.count > 1 }.map { $0.0.setting.key }
  }

  /// These settings with one trial's values: `rate 0.001`, `batch 64`.
  func phrases(of training: TrainingSpec) -> [String] {
    zip(TrainingSpec.settings, values).compactMap { field, values in
      values.count > 1 ? field.value(training).map(field.setting.phrase(for:)) : nil
    }
  }
}
