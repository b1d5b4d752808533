/// The program's exit codes: the interface that scripts and launchers rely on.
public enum ExitCode: Int32, Codable, Sendable {
  /// Everything asked for is done.
  case done = 0
  /// The study finished, but some trials failed.
  case someTrialsFailed = 1
  /// The command line or the config is wrong.
  case usage = 64
  /// A data set is damaged or isn't what it should be.
  case badData = 65
  /// The launch or the environment is wrong: ranks, MPI, missing data, a folder in use.
  case environment = 69
  /// A bug in this program.
  case bug = 70
  /// A file can't be written.
  case cannotWrite = 73
  /// Interrupted; run the same command again to resume.
  case interrupted = 75
}

/// An error that a user or a machine can cause: says what, where and what to do.
public protocol ReportableError: Error, CustomStringConvertible {
  /// The exit code when this error ends the process.
  var exitCode: ExitCode { get }
}

/// An error that no code needs to tell from others.
package struct Refusal: ReportableError, Equatable {
  package let exitCode: ExitCode
  package let description: String

  package init(_ exitCode: ExitCode, _ description: String) {
    self.exitCode = exitCode
    self.description = description
  }
}
