import Foundation
import Reports
import Storage
import Support
import Synchronization

/// A report that is written again, in a temporary folder, whenever its study has progressed.
final class LiveReport: Sendable {
  private let readers: [StudyReader]
  private let subject: String?
  private let current = Mutex<[String: Data]>([:])
  /// The journals from which the current report was made.
  private let seen = Mutex<[JournalStamp]>([])
  /// Whether the current report has been read.
  private let isWanted = Atomic(true)

  init(readers: [StudyReader], subject: String?) {
    self.readers = readers
    self.subject = subject
  }

  /// A file of the current report.
  func file(_ path: String) -> Data? {
    isWanted.store(true, ordering: .relaxed)
    return current.withLock { $0[path] }
  }

  /// Writes the report again if a journal has changed and the last report has been read. Readers get
  /// the last report until the new one is complete.
  ///
  /// - Parameter refresh: seconds after which a browser reloads while a study is open.
  func update(refresh: Int) throws {
    let stamps = readers.map { JournalStamp(folder: $0.folder) }
    guard seen.withLock({ $0 }) != stamps, isWanted.exchange(false, ordering: .relaxed) else {
      return
    }
    let base = try TemporaryFolder()
    defer { base.remove() }
    let studies = try readers.map { try $0.reported(subject: subject) }
    let isOpen = try readers.contains { try $0.state().isOpen }
    do {
      _ = try ReportWriter(folder: base.path, refresh: isOpen ? refresh : nil).write(studies)
    } catch let error as any ReportableError where error.exitCode == .cannotWrite {
      throw TemporaryFolder.CannotWrite(path: base.path, reason: error.description)
    }
    let files = try Self.files(in: base.path)
    current.withLock { $0 = files }
    seen.withLock { $0 = stamps }
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

/// Size and time of a study's journal: whether it has changed, without reading it.
struct JournalStamp: Equatable {
  private let size: UInt64?
  private let modified: Date?

  /// The current stamp of the journal in a study's folder; a missing journal has one too.
  init(folder: String) {
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: "\(folder)/\(Journal.fileName)")
    size = (attributes?[.size] as? NSNumber)?.uint64Value
    modified = attributes?[.modificationDate] as? Date
  }
}
