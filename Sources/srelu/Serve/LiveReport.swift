import Foundation
import Reports
import Synchronization

/// A report that is written anew whenever its study got further, in a temporary folder.
final class LiveReport: Sendable {
  private let readers: [StudyReader]
  private let subject: String?
  private let base: String
  private let current = Mutex<[String: Data]>([:])
  /// Sizes of the journals that the current report was made from.
  private let seen = Mutex<[UInt64]>([])
  /// Whether anyone has looked at it since it was written.
  private let isWanted = Atomic(true)

  init(readers: [StudyReader], subject: String?) {
    self.readers = readers
    self.subject = subject
    base = NSTemporaryDirectory() + "srelu-serve-\(UUID().uuidString)"
  }

  /// A file of the report as it is now.
  func file(_ path: String) -> Data? {
    isWanted.store(true, ordering: .relaxed)
    return current.withLock { $0[path] }
  }

  /// Writes the report again if a journal grew and someone looks; readers get the last one until the
  /// new one is whole.
  ///
  /// - Parameter refresh: seconds after which a browser asks again while a study is open.
  func update(refresh: Int) throws {
    let sizes = readers.map { Self.size(of: $0.folder + "/journal.jsonl") }
    guard seen.withLock({ $0 }) != sizes, isWanted.exchange(false, ordering: .relaxed) else {
      return
    }
    defer { remove() }
    let studies = try readers.map { try $0.reported(subject: subject) }
    let isOpen = try readers.contains { try $0.state().isOpen }
    _ = try ReportWriter(folder: base, refresh: isOpen ? refresh : nil).write(studies)
    let files = try Self.files(in: base)
    current.withLock { $0 = files }
    seen.withLock { $0 = sizes }
  }

  /// Removes what is left on the disk.
  func remove() { try? FileManager.default.removeItem(atPath: base) }

  private static func size(of path: String) -> UInt64 {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.size] as? NSNumber)?.uint64Value ?? 0
  }

  private static func files(in folder: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      var isFolder: ObjCBool = false
      let full = "\(folder)/\(path)"
      if FileManager.default.fileExists(atPath: full, isDirectory: &isFolder), !isFolder.boolValue {
        files[path] = try Data(contentsOf: URL(fileURLWithPath: full))
      }
    }
    return files
  }
}
