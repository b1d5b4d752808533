/// How the samples of a data set are stored: the one description of a format, from which the reading and
/// writing of configs, ids and the reference of keys come.
///
/// To add a format, write its description and its line in `DataFormats.own` in `DataFormats.swift`, and
/// in `Datasets` a file that makes it a `DataReader`.
package protocol DataFormat: Sendable {
  /// The name in ids; in configs the first of the keys.
  var name: String { get }
  /// What a config says of a data set of this format.
  var keys: [DataKey] { get }
  /// Whether samples are images rather than rows of a table; nil where the files decide.
  var holdsImages: Bool? { get }
  /// A data set of this format in a few words, for the record of a run.
  func summary(of source: DataSource) -> String
}

extension DataFormat {
  /// The first key's value, and the other words with their keys.
  package func summary(of source: DataSource) -> String {
    keys.compactMap { key in
      guard case .text(let text)? = source.values[key.key] else { return nil }
      return key.key == name ? text : "\(key.key) \(text)"
    }.joined(separator: ", ")
  }
}

/// A key of a data set in configs.
package struct DataKey: Hashable, Sendable {
  package enum Values: Hashable, Sendable {
    /// A path, which starts from the config's folder.
    case path
    case text
    /// A number above 0 and below 1, with what it is where a config names none.
    case share(default: Double)
  }

  /// The key: `csv`.
  package let key: String
  /// The key in ids and files: `file`.
  package let name: String
  package let values: Values
  /// What stands there in a line of help: `FILE`.
  package let placeholder: String
  /// What messages say is expected.
  package let expectation: String
  /// What it is, in a line of the reference of keys.
  package let purpose: String

  /// The share of the samples that each seed holds out.
  static let testFraction = DataKey(
    key: "test-fraction", name: "test_fraction", values: .share(default: 0.2), placeholder: "0.2",
    expectation: "a share",
    purpose: "the share of the samples held out for testing, drawn by seed.")
}

/// Where a user's own data is, and how it is stored.
package struct DataSource: Hashable, Sendable {
  package enum Value: Hashable, Sendable, CustomStringConvertible {
    case text(String)
    case number(Double)

    package var description: String {
      switch self {
      case .text(let text): text
      case .number(let number): "\(number)"
      }
    }
  }

  package let format: any DataFormat
  /// The values of the format's keys, by key.
  package var values: [String: Value]

  package init(_ format: any DataFormat, _ values: [String: Value]) {
    self.format = format
    self.values = values
  }

  /// The words or the path of a key; nil where it has none.
  package func text(_ key: String) -> String? {
    if case .text(let text)? = values[key] { text } else { nil }
  }

  /// Where it is: the first key's path.
  package var place: String { text(format.name) ?? "" }

  /// The share of the samples that each seed holds out for testing; nil where the split is given.
  package var testFraction: Double? {
    if case .number(let share)? = values[DataKey.testFraction.key] { share } else { nil }
  }

  package static func == (a: DataSource, b: DataSource) -> Bool {
    a.format.name == b.format.name && a.values == b.values
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(format.name)
    hasher.combine(values)
  }
}
