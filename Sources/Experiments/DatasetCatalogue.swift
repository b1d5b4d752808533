/// What is known of the built-in data sets before a file is opened: enough to check a config and to
/// estimate a study's cost.
public enum DatasetCatalogue {
  /// A data set that the program knows.
  public struct Entry: Hashable, Sendable {
    /// The name in the config.
    public let name: String
    /// A sample's shape; WDBC's 30 features form 3×10 (statistic × measurement).
    public let shape: InputShape
    /// Number of classes.
    public let classes: Int
    /// Samples to train on.
    public let trainCount: Int
    /// Samples to test on.
    public let testCount: Int
    /// The paper's number of epochs.
    public let paperEpochs: Int
    /// Whether one logit with a sigmoid separates the two classes, and scores are those of the
    /// positive class.
    public var isBinary: Bool { classes == 2 }
  }

  /// Every built-in data set. WDBC's 569 samples are split by seed, 80 % of each class to train.
  public static let entries: [Entry] = [
    Entry(
      name: "mnist", shape: InputShape(height: 28, width: 28), classes: 10, trainCount: 60_000,
      testCount: 10_000, paperEpochs: 10),
    Entry(
      name: "fashion-mnist", shape: InputShape(height: 28, width: 28), classes: 10,
      trainCount: 60_000, testCount: 10_000, paperEpochs: 10),
    Entry(
      name: "wdbc", shape: InputShape(height: 3, width: 10), classes: 2, trainCount: 455,
      testCount: 114, paperEpochs: 100),
  ]

  /// The names that a config may use.
  public static var names: [String] { entries.map(\.name) }

  /// The built-in data set called `name`.
  public static func entry(named name: String) -> Entry? { entries.first { $0.name == name } }
}

extension DatasetSpec {
  /// What is known of this data set before a file is opened; nil for a user's own.
  public var catalogueEntry: DatasetCatalogue.Entry? {
    guard case .builtin = source else { return nil }
    return DatasetCatalogue.entry(named: name)
  }
}
