import Models

/// What is known of the built-in data sets before a file is opened: enough to check a config and to
/// estimate a study's cost.
public enum DatasetCatalogue {
  /// A data set that the program knows.
  public struct Entry: Hashable, Sendable {
    /// The name in the config.
    public let name: String
    /// Its samples; WDBC's 30 features form 3×10 (statistic × measurement).
    public let shape: DatasetShape
    /// The paper's number of epochs.
    public let paperEpochs: Int
    /// The share of the samples that each seed holds out for testing; nil where the split is given.
    public let testFraction: Double?
  }

  /// Every built-in data set. WDBC's 569 samples are split by seed, 80 % of each class to train.
  public static let entries: [Entry] = [
    Entry(name: "mnist", shape: imagesOfTenClasses, paperEpochs: 10, testFraction: nil),
    Entry(name: "fashion-mnist", shape: imagesOfTenClasses, paperEpochs: 10, testFraction: nil),
    Entry(
      name: "wdbc",
      shape: DatasetShape(
        input: ImageShape(height: 3, width: 10), classes: 2, trainCount: 455, testCount: 114),
      paperEpochs: 100, testFraction: 0.2),
  ]

  private static let imagesOfTenClasses = DatasetShape(
    input: ImageShape(height: 28, width: 28), classes: 10, trainCount: 60_000, testCount: 10_000)

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

extension DatasetSpec {
  /// The share of the samples that each seed holds out for testing by a split of its own; nil where the
  /// split is given.
  public var testFraction: Double? {
    switch source {
    case .builtin: catalogueEntry?.testFraction
    case .idx: nil
    case .csv(_, _, let fraction): fraction
    }
  }

  /// Where each seed draws its own split of one set, so that the seeds' training sets overlap: samples
  /// tested on divided by samples trained on. Nil where the split is given.
  public var testToTrain: Double? { testFraction.map { $0 / (1 - $0) } }
}
