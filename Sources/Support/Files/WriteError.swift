/// A file or folder that can't be written.
package struct WriteError: ReportableError, Hashable, Codable {
  package let path: String
  /// The attempted operation, such as `write the file`.
  package let operation: String
  /// The reason, usually in the system's words.
  package let reason: String
  /// A remedy, such as `make room`.
  package let advice: String

  package init(path: String, operation: String, reason: String, advice: String = "make room") {
    self.path = path
    self.operation = operation
    self.reason = reason
    self.advice = advice
  }

  /// A system call that failed on a path.
  package init(path: String, operation: String, _ error: SystemCallError) {
    self.init(path: path, operation: operation, reason: error.reason, advice: error.advice)
  }

  package var exitCode: ExitCode { .cannotWrite }

  package var description: String {
    "\(path): can't \(operation): \(reason); \(advice) or choose another folder with "
      + "--output-dir, then run the same command again"
  }
}
