import Foundation
import Reports
import Storage

/// The committed study.
enum Fixture {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures")
  static let study = folder.appendingPathComponent("study").path

  /// The journal's lines.
  static func journal() throws -> [Substring] {
    try String(contentsOfFile: study + "/journal.jsonl", encoding: .utf8).split(separator: "\n")
  }

  /// The study as it was once its journal had so many lines.
  static func cut(to lines: Int, _ body: (String) throws -> Void) throws {
    try inFolder { folder in
      try FileManager.default.copyItem(
        atPath: study + "/study.yaml", toPath: folder + "/study.yaml")
      let text = try journal().prefix(lines).map { $0 + "\n" }.joined()
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/journal.jsonl"))
      try body(folder)
    }
  }

  /// The live view of a study with known data sets.
  static func view(of folder: String) throws -> WatchView {
    try StudyReader(folder: folder).view { $0.known?.shape }
  }

  /// A folder that is gone afterwards.
  static func inFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("command-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }
}
