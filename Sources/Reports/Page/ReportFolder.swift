import Experiments
import Foundation
import Support

/// A folder for a report, in which files of others may lie.
///
/// A list of the report's files, written before the first of them, tells the next report what it may
/// replace and remove: nothing else is, whatever folder is given.
struct ReportFolder {
  /// The list's name.
  static let listName = ".srelu-report"
  private static let listHead = "# Files of srelu's report. The next one replaces them."

  /// The folder.
  let path: String
  /// The report's files, relative to the folder.
  private let files: [String]
  private let fileSystem: any FileSystem
  /// A report can be written again at any time: nobody waits for the disk.
  private let writer: AtomicWriter

  /// Something is in the way that no report wrote.
  struct InTheWay: ReportableError {
    /// What.
    let path: String
    /// What it says in words.
    var description: String {
      "\(path): it is in the report's place, and no report wrote it. Choose another folder with "
        + "--output-dir, or move it away."
    }
    /// A wrong folder was named.
    var exitCode: ExitCode { .usage }
  }

  /// Makes the folder ready for these files: those of an earlier report are removed.
  /// - Parameter root: the folder below which nothing is reached by a link; nil for the report's own.
  /// - Throws: `InTheWay`, before anything is changed; `WriteError` where the folder can't be written.
  init(_ path: String, for files: [String], below root: String? = nil) throws {
    self.path = path
    self.files = files
    fileSystem = POSIXFileSystem().within(root ?? path)
    writer = AtomicWriter(fileSystem: fileSystem, isDurable: false)
    if root != nil { try Self.create(path, fileSystem) } else { try Self.create(path) }
    let earlier = Self.listed(in: path)
    try check(earlier: earlier)
    // Both: whoever ends this process now leaves no file that the next report doesn't know.
    try writeList(files + earlier.subtracting(files).sorted())
    // The page stays until the new one takes its place.
    for file in earlier where file != "index.html" {
      fileSystem.remove("\(path)/\(file)")
      fileSystem.remove("\(path)/\(file)\(AtomicWriter.temporarySuffix)")
    }
    let folders = Set((files + earlier).flatMap(Self.folders)).sorted { $0.count > $1.count }
    // Fails where something is left, and is meant to.
    for folder in folders { rmdir("\(path)/\(folder)") }
    for folder in Set(files.flatMap(Self.folders)).sorted(by: { $0.count < $1.count }) {
      try Self.create("\(path)/\(folder)", fileSystem)
    }
  }

  /// Makes a folder that a user named, with those around it.
  private static func create(_ path: String) throws(WriteError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw WriteError(
        path: path, operation: "create the folder", reason: error.localizedDescription)
    }
  }

  /// Makes a folder in one that is there.
  private static func create(_ path: String, _ fileSystem: any FileSystem) throws(WriteError) {
    do throws(SystemCallError) {
      _ = try fileSystem.createDirectory(path)
    } catch {
      throw WriteError(path: path, operation: "create the folder", error)
    }
  }

  /// Writes one of the files.
  func write(_ content: some DataProtocol, to file: String) throws {
    precondition(files.contains(file), "\(file) isn't one of the report's files")
    try writer.write([(file, [UInt8](content))], into: path)
  }

  /// Leaves out of the list what wasn't written, and folders that stayed empty.
  func close() throws {
    try writeList(files.filter { FileManager.default.fileExists(atPath: "\(path)/\($0)") })
    for folder in Set(files.flatMap(Self.folders)).sorted(by: { $0.count > $1.count }) {
      rmdir("\(path)/\(folder)")
    }
  }

  private func writeList(_ files: [String]) throws {
    let text = ([Self.listHead] + files).map { $0 + "\n" }.joined()
    try writer.write([(Self.listName, Array(text.utf8))], into: path)
  }

  /// Refuses what isn't an earlier report's: a file in the place of one to be written, a link in the
  /// place of a folder, and, where there was no report, anything in a folder of one.
  private func check(earlier: Set<String>) throws {
    for file in files where !earlier.contains(file) && Self.exists("\(path)/\(file)") {
      throw InTheWay(path: "\(path)/\(file)")
    }
    for folder in Set((files + earlier).flatMap(Self.folders)).sorted() {
      let full = "\(path)/\(folder)"
      let type = (try? FileManager.default.attributesOfItem(atPath: full))?[.type]
      let kind = type as? FileAttributeType
      guard kind == nil || kind == .typeDirectory else { throw InTheWay(path: full) }
      let content = (try? FileManager.default.contentsOfDirectory(atPath: full)) ?? []
      let isKnown = earlier.contains { $0.hasPrefix(folder + "/") }
      if !isKnown, !content.isEmpty { throw InTheWay(path: full) }
    }
  }

  /// Whether there is something, links that lead nowhere included.
  private static func exists(_ path: String) -> Bool {
    (try? FileManager.default.attributesOfItem(atPath: path)) != nil
  }

  /// What the list says, without what leads out of the folder.
  private static func listed(in path: String) -> Set<String> {
    guard let text = try? String(contentsOfFile: "\(path)/\(listName)", encoding: .utf8) else {
      return []
    }
    let lines = text.split(separator: "\n").map(String.init)
    guard lines.first == listHead else { return [] }
    return Set(
      lines.dropFirst().filter { file in
        !file.split(separator: "/", omittingEmptySubsequences: false).contains {
          $0.isEmpty || $0 == "." || $0 == ".."
        }
      })
  }

  /// The folders that a file lies in: `a/b` and `a` for `a/b/c`.
  private static func folders(of file: String) -> [String] {
    let parts = file.split(separator: "/").dropLast()
    return parts.indices.map { parts[...$0].joined(separator: "/") }
  }
}
