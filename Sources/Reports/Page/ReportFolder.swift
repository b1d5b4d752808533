import Foundation
import Support

/// A folder for a report, which may hold other files.
///
/// A list of the report's files, written before the first of them, tells the next report which
/// files it may replace and remove. Nothing else is touched, whatever the folder.
struct ReportFolder {
  static let listName = ".srelu-report"
  private static let listHead = "# Files of srelu's report. The next one replaces them."

  let path: String
  /// The report's files, relative to the folder.
  private let files: [String]
  private let fileSystem: any FileSystem
  /// A report can be written again at any time, so nothing waits for the disk.
  private let writer: AtomicWriter

  /// A file or folder in the report's place that no report wrote.
  struct InTheWay: ReportableError {
    let path: String
    var description: String {
      "\(path): it is in the report's place, and no report wrote it. Choose another folder with "
        + "--output-dir, or move it away."
    }
    var exitCode: ExitCode { .usage }
  }

  /// Prepares the folder for these files and removes those of an earlier report.
  /// - Parameter root: the folder below which links are never followed; nil for the report's own.
  /// - Throws: `InTheWay`, before anything is changed; `WriteError` if the folder isn't writable.
  init(_ path: String, for files: [String], below root: String? = nil) throws {
    self.path = path
    self.files = files
    fileSystem = POSIXFileSystem().within(root ?? path)
    writer = AtomicWriter(fileSystem: fileSystem, isDurable: false)
    if root != nil { try Self.create(path, fileSystem) } else { try Self.create(path) }
    let earlier = Self.listed(in: path)
    try check(earlier: earlier)
    // Both lists: if this process dies now, the next report still knows every file.
    try writeList(files + earlier.subtracting(files).sorted())
    // The old page stays until the new one replaces it.
    for file in earlier where file != "index.html" {
      fileSystem.remove("\(path)/\(file)")
      fileSystem.remove("\(path)/\(file)\(AtomicWriter.temporarySuffix)")
    }
    let folders = Set((files + earlier).flatMap(Self.folders)).sorted { $0.count > $1.count }
    // Fails on purpose where a folder isn't empty.
    for folder in folders { rmdir("\(path)/\(folder)") }
    for folder in Set(files.flatMap(Self.folders)).sorted(by: { $0.count < $1.count }) {
      try Self.create("\(path)/\(folder)", fileSystem)
    }
  }

  /// Creates a folder that a user named, and its parents.
  private static func create(_ path: String) throws(WriteError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw WriteError(
        path: path, operation: "create the folder", reason: error.localizedDescription)
    }
  }

  private static func create(_ path: String, _ fileSystem: any FileSystem) throws(WriteError) {
    do throws(SystemCallError) {
      _ = try fileSystem.createDirectory(path)
    } catch {
      throw WriteError(path: path, operation: "create the folder", error)
    }
  }

  func write(_ content: some DataProtocol, to file: String) throws {
    precondition(files.contains(file), "\(file) isn't one of the report's files")
    try writer.write([(file, [UInt8](content))], into: path)
  }

  /// Removes unwritten files from the list, and empty folders.
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

  /// Refuses anything that isn't an earlier report's: a file where one is to be written, a link in
  /// place of a folder and, where there was no report, anything in one of its folders.
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

  /// Whether the path exists, including dangling links.
  private static func exists(_ path: String) -> Bool {
    (try? FileManager.default.attributesOfItem(atPath: path)) != nil
  }

  /// Returns the listed files, without paths that lead out of the folder.
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

  /// Returns the folders that contain a file: `a/b` and `a` for `a/b/c`.
  private static func folders(of file: String) -> [String] {
    let parts = file.split(separator: "/").dropLast()
    return parts.indices.map { parts[...$0].joined(separator: "/") }
  }
}
