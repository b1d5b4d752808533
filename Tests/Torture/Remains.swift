import Checks
import Support

/// All that a study leaves in its folder, without what it took in time and ranks: the bytes of each file by its
/// path there.
struct Remains {
  private var files: [String: [UInt8]] = [:]

  init(_ folder: String) {
    for path in Files.all("\(folder)/trials").map({ "trials/\($0)" }) + ["results.csv"] {
      guard let bytes = Files.bytes("\(folder)/\(path)") else { continue }
      let name = path.split(separator: "/").last ?? ""
      switch name {
      case "results.csv", "progress.csv":
        files[path] = Array(Self.lasting(csv: String(decoding: bytes, as: UTF8.self)).utf8)
      case "result.json":
        files[path] = Array(Self.lasting(result: String(decoding: bytes, as: UTF8.self)).utf8)
      default: files[path] = bytes
      }
    }
  }

  /// Whether a study ran at all.
  var isEmpty: Bool { files.isEmpty }

  /// In which files two differ.
  func difference(from other: Remains) -> [String] {
    Set(files.keys).union(other.files.keys).filter { files[$0] != other.files[$0] }.sorted().map {
      let why =
        files[$0] == nil ? "missing" : other.files[$0] == nil ? "not expected" : "other bytes"
      return "\($0) (\(why))"
    }
  }

  /// Without its columns of times and ranks.
  static func lasting(csv text: String) -> String {
    guard let rows = try? CSV.rows(text), let header = rows.first else { return text }
    let kept = header.indices.filter { !header[$0].hasSuffix("seconds") && header[$0] != "ranks" }
    return CSV.text(rows.map { row in kept.map { $0 < row.count ? row[$0] : "" } })
  }

  /// Without its times and ranks, and without the hash of the table of times, which is another each time.
  static func lasting(result text: String) -> String {
    var kept: [Substring] = []
    var isInTable = false
    for line in text.split(separator: "\n") {
      if isInTable {
        isInTable = !line.contains("}")
      } else if line.contains("\"progress.csv\"") {
        isInTable = true
      } else if !line.contains("\"seconds\"") && !line.contains("\"ranks\"") {
        kept.append(line)
      }
    }
    return kept.joined(separator: "\n")
  }
}
