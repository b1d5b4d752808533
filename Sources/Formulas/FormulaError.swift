import Support

/// A formula that can't be used: the fault, and the column at which it shows.
public struct FormulaError: ReportableError, Hashable {
  /// The column in the formula's text, counted from 1.
  public let column: Int
  /// The fault, and what was expected.
  public let message: String

  init(_ column: Int, _ message: String) {
    self.column = column
    self.message = message
  }

  /// A fault of the config.
  public var exitCode: ExitCode { .usage }

  /// The column and the message.
  public var description: String { "column \(column): \(message)" }
}
