import Support

/// A data set that can't be used: what is wrong, where, and what to do.
package struct DatasetError: ReportableError, Hashable {
  /// What is wrong, where, and what to do.
  package let description: String
  /// Whether the data is merely not there; otherwise it is damaged or not what it should be.
  package let isMissing: Bool

  /// That of the environment where the data is missing, else that of bad data.
  package var exitCode: ExitCode { isMissing ? .environment : .badData }

  /// A file that isn't what it should be.
  static func damaged(_ file: String, _ what: String) -> DatasetError {
    DatasetError(description: "\(file): \(what)", isMissing: false)
  }

  /// Data that can't be had.
  static func missing(_ what: String) -> DatasetError {
    DatasetError(description: what, isMissing: true)
  }
}
