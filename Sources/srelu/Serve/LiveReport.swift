import Foundation
import Reports
import Storage
import Support
import Synchronization

/// A report that is written again, in a temporary folder, whenever its study has progressed, and
/// served to browsers on this machine.
final class LiveReport: Sendable {
  private let readers: [StudyReader]
  private let subject: String?
  private let current = Mutex<[String: Data]>([:])
  /// The journals from which the current report was made.
  private let seen = Mutex<[JournalStamp]>([])
  /// Whether the current report has been read.
  private let isWanted = Atomic(true)
  /// Why the server has ended.
  private let failure = Mutex<PageServer.Ended?>(nil)

  init(readers: [StudyReader], subject: String?) {
    self.readers = readers
    self.subject = subject
  }

  /// A file of the current report.
  private func file(_ path: String) -> Data? {
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
    let isOpen = try readers.contains { try $0.snapshot().isOpen }
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

  /// Starts answering requests on a thread of its own.
  ///
  /// - Returns: the address for a browser.
  /// - Throws: `PageServer.CannotListen`.
  func serve(port: UInt16) throws -> String {
    let server = try PageServer(port: port)
    let gate = ReportGate(port: server.port, token: ReportGate.newToken())
    Thread.detachNewThread { [self] in
      do throws(PageServer.Ended) {
        try server.run { answer($0, gate) }
      } catch {
        failure.withLock { $0 = error }
      }
    }
    return "http://127.0.0.1:\(gate.port)/\(gate.token)/"
  }

  /// - Throws: the server's error, once it has ended.
  func checkServer() throws {
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func answer(_ request: RequestHead, _ gate: ReportGate) -> PageServer.Response {
    let verdict = gate.judge(
      method: request.method, path: request.path, host: request.host, origin: request.origin)
    switch verdict {
    case .file(let path):
      guard let content = file(path) else { break }
      return PageServer.Response(
        "200 OK",
        headers: Self.headers + [("Content-Type", ReportGate.mediaType(of: path))], body: content)
    case .methodNotAllowed:
      return PageServer.Response(
        "405 Method Not Allowed", headers: Self.headers + [("Allow", "GET")])
    case .forbidden: return PageServer.Response("403 Forbidden", headers: Self.headers)
    case .notFound: break
    }
    return PageServer.Response("404 Not Found", headers: Self.headers)
  }

  /// Keep the page and its address, with the token, from other pages. Its own policy is in the page.
  private static let headers = [
    (name: "Cache-Control", value: "no-store"),
    (name: "X-Content-Type-Options", value: "nosniff"),
    (name: "Referrer-Policy", value: "no-referrer"),
    (name: "X-Frame-Options", value: "DENY"),
    (name: "Cross-Origin-Resource-Policy", value: "same-origin"),
  ]
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
