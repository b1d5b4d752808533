import Experiments
import Foundation

/// A folder for a moment, which nobody else can look into.
package struct TemporaryFolder {
  /// The folder can't be made.
  package struct CannotMake: ReportableError {
    let path: String
    let reason: String
    /// What it says in words.
    package var description: String {
      "\(path): can't make a temporary folder: \(reason). Set TMPDIR to a folder that can be written."
    }
    /// Nothing can be written there.
    package var exitCode: Experiments.ExitCode { .cannotWrite }
  }

  /// Where it is.
  package let path: String

  /// Makes it, for its owner alone from the first moment on.
  package init() throws(CannotMake) {
    let template = FileManager.default.temporaryDirectory
      .appendingPathComponent("srelu-XXXXXX").path
    var name = Array(template.utf8CString)
    guard mkdtemp(&name) != nil else {
      throw CannotMake(path: template, reason: String(cString: strerror(errno)))
    }
    path = String(decoding: name.dropLast().map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
  }

  /// Removes it with all that is in it.
  package func remove() { try? FileManager.default.removeItem(atPath: path) }
}
