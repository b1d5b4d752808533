import Support

/// Where in a config something stands.
package struct ConfigLocation: Hashable, Sendable {
  /// The file as it was named, or `--set 2` for the second override.
  package var source: String
  /// The line, counted from 1; nil for a whole file or an override.
  package var line: Int?
  /// The column, counted from 1; nil for a whole file or an override.
  package var column: Int?

  package init(source: String, line: Int? = nil, column: Int? = nil) {
    self.source = source
    self.line = line
    self.column = column
  }
}

extension ConfigLocation: CustomStringConvertible {
  /// `file:line:column`, as compilers write it, so that editors can jump there.
  package var description: String {
    [source, line.map(String.init), column.map(String.init)].compactMap(\.self)
      .joined(separator: ":")
  }
}

/// Everything that is wrong with a config: all of it at once, in the order of the file.
package struct ConfigError: ReportableError, Hashable {
  /// One thing that is wrong.
  package struct Problem: Hashable, Sendable, CustomStringConvertible {
    package var location: ConfigLocation
    /// The path of keys that leads there: `training.epochs.mnist`, `activations[2].beta`; empty for
    /// the file as a whole.
    package var key: String
    /// What was expected and what was found, and what to do where that isn't plain.
    package var message: String

    package var description: String {
      key.isEmpty ? "\(location): \(message)" : "\(location): \(key): \(message)"
    }
  }

  /// The problems, at least one.
  package var problems: [Problem]

  package init(problems: [Problem]) {
    precondition(!problems.isEmpty, "a config error without a problem")
    self.problems = problems
  }

  init(at location: ConfigLocation, key: String = "", _ message: String) {
    self.init(problems: [Problem(location: location, key: key, message: message)])
  }

  /// Always that of a wrong command line or config.
  package var exitCode: ExitCode { .usage }

  package var description: String { problems.map(\.description).joined(separator: "\n") }
}
