/// A file or folder that can't be written.
public struct WriteError: ReportableError, Hashable, Codable {
  /// The file or folder.
  public let path: String
  /// The attempted operation, such as `write the file`.
  public let operation: String
  /// The reason, usually in the system's words.
  public let reason: String
  /// A remedy, such as `make room`.
  public let advice: String

  /// A failed operation on a path.
  public init(path: String, operation: String, reason: String, advice: String = "make room") {
    self.path = path
    self.operation = operation
    self.reason = reason
    self.advice = advice
  }

  /// A system call that failed on a path.
  package init(path: String, operation: String, _ error: SystemCallError) {
    self.init(path: path, operation: operation, reason: error.reason, advice: error.advice)
  }

  /// Of the class "cannot write".
  public var exitCode: ExitCode { .cannotWrite }

  /// What failed, where, and what to do.
  public var description: String {
    "\(path): can't \(operation): \(reason); \(advice) or choose another folder with "
      + "--output-dir, then run the same command again"
  }
}
