/// One thing that a config can set, with all that is known of it. The reading and writing of configs, the
/// grid, ids, files, columns, labels and the reference of keys are computed from these descriptions.
public struct Setting: Hashable, Sendable {
  /// The key in configs: `learning-rate`.
  public let key: String
  /// The values that it takes.
  public let type: SettingType
  /// The value where a config names none; nil where there is no such value.
  public internal(set) var defaultValue: SettingValue?
  /// What it does, in a line of the reference.
  public let purpose: String
  /// Whether the first versions had it, so that ids and studies have its default, too. A setting that is
  /// added later is left out there at its default: the ids of all earlier trials stay.
  let isOriginal: Bool
  /// Whether results have it at its default, as they have all that is original.
  let isAlwaysInResults: Bool
  /// How it is written in tables and figures: `β`.
  public let symbol: String
  /// Its column in CSV files, and its key in `result.json` and TensorBoard.
  public let column: String
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
public struct SettingField<Owner>: Sendable {
  /// What is known of it.
  public let setting: Setting
  /// Its value; nil where it has none.
  public let value: @Sendable (Owner) -> SettingValue?
  /// Sets a value of the setting's type.
  let set: @Sendable (inout Owner, SettingValue) -> Void
  /// Where the value is kept.
  let path: PartialKeyPath<Owner> & Sendable
  /// For a setting that a config may give for each data set: the default on one of them.
  let datasetDefault: (@Sendable (DatasetSpec) -> SettingValue?)?

  /// A setting of the value at `path`, whose default is that of `usual`.
  init<Value: SettingRepresentable>(
    _ path: any WritableKeyPath<Owner, Value> & Sendable, of usual: Owner, _ setting: Setting
  ) {
    var setting = setting
    setting.defaultValue = usual[keyPath: path].settingValue
    self.init(path, setting, datasetDefault: nil)
  }

  /// A setting that a config may give for each data set.
  init<Value: SettingRepresentable>(
    _ path: any WritableKeyPath<Owner, Value> & Sendable, _ setting: Setting,
    datasetDefault: (@Sendable (DatasetSpec) -> SettingValue?)?
  ) {
    self.setting = setting
    self.path = path
    self.datasetDefault = datasetDefault
    value = { $0[keyPath: path].settingValue }
    set = { owner, value in
      if let value = Value(value) { owner[keyPath: path] = value }
    }
  }

  /// A setting whose value isn't kept as it is written.
  init(
    _ path: any PartialKeyPath<Owner> & Sendable, _ setting: Setting,
    value: @escaping @Sendable (Owner) -> SettingValue?,
    set: @escaping @Sendable (inout Owner, SettingValue) -> Void
  ) {
    self.setting = setting
    self.path = path
    self.value = value
    self.set = set
    datasetDefault = nil
  }
}
