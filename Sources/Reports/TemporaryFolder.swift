import Foundation
import Support

/// A private temporary folder.
package struct TemporaryFolder {
  package struct CannotWrite: ReportableError {
    let path: String
    let reason: String

    package init(path: String, reason: String) {
      self.path = path
      self.reason = reason
    }

    package var description: String {
      "\(path): can't write temporary files: \(reason). Set TMPDIR to a folder that can be written and has "
        + "room."
    }
    package var exitCode: Support.ExitCode { .cannotWrite }
  }

  package let path: String

  /// Creates the folder, private from the first moment.
  package init() throws(CannotWrite) {
    let template = FileManager.default.temporaryDirectory
      .appendingPathComponent("srelu-XXXXXX").path
    do throws(SystemCallError) {
      path = try makePrivateFolder(template)
    } catch {
      throw CannotWrite(path: template, reason: error.reason)
    }
  }

  /// Removes a temporary folder, given the path of something in it.
  package static func remove(around path: String) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    try? FileManager.default.removeItem(atPath: folder)
  }

  package func remove() { try? FileManager.default.removeItem(atPath: path) }
}
