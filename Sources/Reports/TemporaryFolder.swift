import Experiments
import Foundation
import Support

/// A folder for a moment, which nobody else can look into.
package struct TemporaryFolder {
  /// The folder, or what goes into it, can't be written.
  package struct CannotWrite: ReportableError {
    let path: String
    let reason: String

    package init(path: String, reason: String) {
      self.path = path
      self.reason = reason
    }

    /// What it says in words.
    package var description: String {
      "\(path): can't write temporary files: \(reason). Set TMPDIR to a folder that can be written and has "
        + "room."
    }
    /// Nothing can be written there.
    package var exitCode: Support.ExitCode { .cannotWrite }
  }

  /// Where it is.
  package let path: String

  /// Makes it, for its owner alone from the first moment on.
  package init() throws(CannotWrite) {
    let template = FileManager.default.temporaryDirectory
      .appendingPathComponent("srelu-XXXXXX").path
    var name = Array(template.utf8CString)
    guard mkdtemp(&name) != nil else {
      throw CannotWrite(path: template, reason: String(cString: strerror(errno)))
    }
    path = String(decoding: name.dropLast().map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
  }

  /// Removes a temporary folder, given the path of something in it.
  package static func remove(around path: String) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Removes it with all that is in it.
  package func remove() { try? FileManager.default.removeItem(atPath: path) }
}
