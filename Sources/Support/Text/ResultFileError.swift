/// A file of a run folder with unexpected content.
public struct ResultFileError: ReportableError, Hashable {
  /// What was expected, and what was found where.
  public var message: String

  /// An error from its text.
  public init(message: String) { self.message = message }

  /// The code for bad data.
  public var exitCode: ExitCode { .badData }

  /// What was expected, and what was found where.
  public var description: String { message }
}
