import Experiments
import Foundation
import Support

/// The folder that the program was started in.
enum WorkingFolder {
  struct IsGone: ReportableError {
    let description = "the folder at hand was removed: go to another one, and start from there."
    let exitCode = Support.ExitCode.environment
  }

  /// Whether the folder has been removed.
  static var isGone: Bool { FileManager.default.currentDirectoryPath.isEmpty }

  /// - Throws: `IsGone`.
  static func path() throws -> String {
    if isGone { throw IsGone() }
    return FileManager.default.currentDirectoryPath
  }
}
