import Experiments

/// A file or folder that can't be written.
public struct WriteError: ReportableError, Hashable, Codable {
  /// The file or folder.
  public let path: String
  /// What was tried, such as `write the file`.
  public let operation: String
  /// The system's own words.
  public let reason: String

  /// A failed operation on a path.
  public init(path: String, operation: String, reason: String) {
    self.path = path
    self.operation = operation
    self.reason = reason
  }

  /// Of the class "cannot write".
  public var exitCode: ExitCode { .cannotWrite }

  /// What failed, where, and what to do.
  public var description: String {
    "\(path): can't \(operation): \(reason); make room or choose another folder with "
      + "--output-dir, then run the same command again"
  }
}
