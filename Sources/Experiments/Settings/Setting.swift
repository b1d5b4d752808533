/// One thing that a config can set, with all that is known of it. The reading and writing of configs, the
/// grid, ids, files, columns, labels and the reference of keys are computed from these descriptions.
package struct Setting: Hashable, Sendable {
  /// The key in configs: `learning-rate`.
  package let key: String
  package let type: SettingType
  /// The value where a config names none; nil where there is no such value.
  package internal(set) var defaultValue: SettingValue?
  /// What it does, in a line of the reference.
  package let purpose: String
  /// Whether the first versions had it, so that ids and studies have its default, too. A setting that is
  /// added later is left out there at its default: the ids of all earlier trials stay.
  let isOriginal: Bool
  /// Whether results have it at its default, as they have all that is original.
  let isAlwaysInResults: Bool
  /// How it is written in tables and figures: `β`.
  package let symbol: String
  /// Its column in CSV files, and its key in `result.json` and TensorBoard.
  package let column: String
  /// How blocks that differ in it are told apart, with `_` where the value stands: `batch _`.
  let phrase: String
  /// What the reference says of the default, where it isn't one value.
  let defaultText: String?

  init(
    _ key: String, _ type: SettingType, default defaultValue: SettingValue? = nil,
    original isOriginal: Bool = false, inResults: Bool = false,
    symbol: String? = nil, column: String? = nil, phrase: String? = nil,
    defaultText: String? = nil, _ purpose: String
  ) {
    self.key = key
    self.type = type
    self.defaultValue = defaultValue
    self.isOriginal = isOriginal
    isAlwaysInResults = isOriginal || inResults
    self.symbol = symbol ?? key
    self.column = column ?? key.replacing("-", with: "_")
    self.phrase = phrase ?? "\(key) _"
    self.defaultText = defaultText
    self.purpose = purpose
  }

  /// Its key in files.
  var name: String { key.replacing("-", with: "_") }

  /// A value as the setting of a block: `batch 64`.
  package func phrase(for value: SettingValue) -> String { phrase.replacing("_", with: value.text) }

  /// Whether a value is written into ids and studies.
  func isWritten(_ value: SettingValue) -> Bool {
    isOriginal || value != defaultValue
  }
}

/// A setting with where its value is kept.
package struct SettingField<Owner>: Sendable {
  package let setting: Setting
  package let value: @Sendable (Owner) -> SettingValue?
  /// Sets a value of the setting's type.
  let set: @Sendable (inout Owner, SettingValue) -> Void
  let path: PartialKeyPath<Owner> & Sendable
  /// For a setting that a config may give for each data set: the default on one of them.
  let datasetDefault: (@Sendable (DatasetSpec) -> SettingValue?)?

  /// A setting of the value at `path`, whose default, if any, is that of `usual`.
  init<Value: SettingRepresentable>(
    _ path: any WritableKeyPath<Owner, Value> & Sendable, of usual: Owner? = nil,
    _ setting: Setting,
    datasetDefault: (@Sendable (DatasetSpec) -> SettingValue?)? = nil
  ) {
    var setting = setting
    if let usual { setting.defaultValue = usual[keyPath: path].settingValue }
    self.init(
      path, setting, value: { $0[keyPath: path].settingValue },
      set: { owner, value in
        if let value = Value(value) { owner[keyPath: path] = value }
      }, datasetDefault: datasetDefault)
  }

  /// A setting whose value isn't kept as it is written.
  init(
    _ path: any PartialKeyPath<Owner> & Sendable, _ setting: Setting,
    value: @escaping @Sendable (Owner) -> SettingValue?,
    set: @escaping @Sendable (inout Owner, SettingValue) -> Void,
    datasetDefault: (@Sendable (DatasetSpec) -> SettingValue?)? = nil
  ) {
    self.setting = setting
    self.path = path
    self.value = value
    self.set = set
    self.datasetDefault = datasetDefault
  }
}
