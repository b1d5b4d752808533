import Support

/// Where in a config something stands.
public struct ConfigLocation: Hashable, Sendable {
  /// The file as it was named, or `--set 2` for the second override.
  public var source: String
  /// The line, counted from 1; nil for a whole file or an override.
  public var line: Int?
  /// The column, counted from 1; nil for a whole file or an override.
  public var column: Int?

  /// A place in a source, or the whole of it.
  public init(source: String, line: Int? = nil, column: Int? = nil) {
    self.source = source
    self.line = line
    self.column = column
  }
}

extension ConfigLocation: CustomStringConvertible {
  /// `file:line:column`, as compilers write it, so that editors can jump there.
  public var description: String {
    [source, line.map(String.init), column.map(String.init)].compactMap(\.self)
      .joined(separator: ":")
  }
}

/// Everything that is wrong with a config: all of it at once, in the order of the file.
public struct ConfigError: ReportableError, Hashable {
  /// One thing that is wrong.
  public struct Problem: Hashable, Sendable, CustomStringConvertible {
    /// Where it stands.
    public var location: ConfigLocation
    /// The path of keys that leads there: `training.epochs.mnist`, `activations[2].beta`; empty for
    /// the file as a whole.
    public var key: String
    /// What was expected and what was found, and what to do where that isn't plain.
    public var message: String

    /// A problem from its parts.
    public init(location: ConfigLocation, key: String, message: String) {
      self.location = location
      self.key = key
      self.message = message
    }

    /// The problem in one line.
    public var description: String {
      key.isEmpty ? "\(location): \(message)" : "\(location): \(key): \(message)"
    }
  }

  /// The problems, at least one.
  public var problems: [Problem]

  /// An error from its problems.
  public init(problems: [Problem]) {
    precondition(!problems.isEmpty, "a config error without a problem")
    self.problems = problems
  }

  /// An error of one problem.
  init(at location: ConfigLocation, key: String = "", _ message: String) {
    self.init(problems: [Problem(location: location, key: key, message: message)])
  }

  /// Always that of a wrong command line or config.
  public var exitCode: ExitCode { .usage }

  /// One line for each problem.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
