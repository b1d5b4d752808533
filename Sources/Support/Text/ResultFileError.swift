/// A file of a run folder that isn't what this program writes there.
public struct ResultFileError: ReportableError, Hashable {
  /// What was expected, and what was found where.
  public var message: String

  /// An error from its text.
  public init(message: String) { self.message = message }

  /// Always that of bad data.
  public var exitCode: ExitCode { .badData }

  /// What was expected, and what was found where.
  public var description: String { message }
}
