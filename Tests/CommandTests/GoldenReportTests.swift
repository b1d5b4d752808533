import Foundation
import Reports
import Storage
import Support
import Testing
import srelu

/// Reports of the committed study beside those that were written before there was one results model:
/// `Fixtures/golden`, whose README says how they were made. What scripts found there they find today.
@Suite struct GoldenReportTests {
  private func golden(_ name: String) throws -> Data {
    try Data(contentsOf: Fixture.folder.appendingPathComponent("golden/\(name)"))
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try golden(name), as: UTF8.self)
  }

  /// Made once: its bootstrap intervals take a while.
  private static let study = Result {
    try StudyReader(folder: Fixture.study).reported(subject: nil)
  }

  private func written(_ name: String) throws -> String {
    try Fixture.inFolder { folder in
      _ = try ReportWriter(folder: folder, drawsFigures: false).write([try Self.study.get()])
      return try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
    }
  }

  /// Where what was there is missing or another; numbers may differ in the last digits, which the C
  /// library's mathematics has a say in.
  private func differences(_ old: Any, _ new: Any?, at path: String = "") -> [String] {
    switch (old, new) {
    case (let old as [String: Any], let new as [String: Any]):
      return old.flatMap { differences($0.value, new[$0.key], at: "\(path).\($0.key)") }
    case (let old as [String], let new as [String]) where path.hasSuffix(".best"):
      // In which measures a cell is the best: there may be more of them.
      return Set(old).subtracting(new).map { "\(path): \($0)" }
    case (let old as [[String: Any]], let new as [[String: Any]])
    where path == ".pairings" && old.count != new.count:
      // There may be measures that weren't there.
      let measures = Set(old.compactMap { $0["measure"] as? String })
      let known = new.filter { ($0["measure"] as? String).map(measures.contains) == true }
      guard known.count == old.count else { return ["\(path): \(old.count), now \(known.count)"] }
      return differences(old, known, at: path)
    case (let old as [Any], let new as [Any]) where old.count == new.count:
      return zip(old, new).flatMap { differences($0, $1, at: "\(path)[]") }
    case (let old as NSNumber, let new as NSNumber):
      let (a, b) = (old.doubleValue, new.doubleValue)
      return abs(a - b) <= 1e-9 * max(1, abs(a)) ? [] : ["\(path): \(a), now \(b)"]
    case (let old as String, let new as String) where old == new: return []
    case (is NSNull, is NSNull): return []
    default: return ["\(path): \(old), now \(new ?? "nothing")"]
    }
  }

  /// There were two documents: the report's, and that of `--json`. There is one now.
  @Test(arguments: ["report.json", "means.json"])
  func theDocumentHasWhatWasThere(name: String) throws {
    let old = try #require(
      try JSONSerialization.jsonObject(with: golden(name)) as? [String: Any])
    let lists = ["pairings": 3 * 6 * 2, "claims": 9, "tables": 3, "winners": 3]
    #expect(old.count >= 5 && old.keys.contains { lists[$0] != nil })
    for (key, count) in lists {
      #expect(old[key] == nil || (old[key] as? [Any])?.count == count, "\(key)")
    }
    let new = try JSONSerialization.jsonObject(with: Data(written("report.json").utf8))
    #expect(differences(old, new) == [])
  }

  @Test func resultsAreTheSame() throws {
    let old = try CSV.rows(try text("results.csv"))
    let new = try CSV.rows(try written("results.csv"))
    #expect(old.count == 1 + 63 && new.count == old.count)
    // There may be settings that weren't there.
    let columns = old[0].map { name in new[0].firstIndex(of: name) }
    #expect(!columns.contains(nil))
    for (before, after) in zip(old, new) {
      #expect(columns.map { $0.map { after[$0] } } == before)
    }
  }

  /// The old lines that aren't among the new ones, in their order: each with all of its fields, beside which
  /// there may be others. Rules are as long as their columns are wide.
  private func missing(_ old: String, _ new: String, between separator: String) -> [String] {
    func lines(_ text: String) -> [[String]] {
      text.split(separator: "\n").filter { !$0.hasPrefix("──") && !$0.hasPrefix("|:--") }.map {
        $0.components(separatedBy: separator).map { $0.trimmingCharacters(in: .whitespaces) }
          .filter { !$0.isEmpty }
      }
    }
    var rest = lines(new)[...]
    return lines(old).filter { wanted in
      let isThere = { (line: [String]) in
        var fields = wanted[...]
        for field in line where field == fields.first { fields.removeFirst() }
        return fields.isEmpty
      }
      guard let index = rest.firstIndex(where: isThere) else { return true }
      rest = rest[(index + 1)...]
      return false
    }.map { $0.joined(separator: " ") }
  }

  @Test func theTerminalShowsWhatItShowed() throws {
    let old = try text("terminal.txt")
    #expect(old.split(separator: "\n").count > 80)
    let new = TerminalReport(try Self.study.get(), columns: 100).text
    #expect(missing(old, new, between: "  ") == [])
  }

  @Test func markdownShowsWhatItShowed() throws {
    let old = try text("means.md")
    #expect(old.split(separator: "\n").count > 20)
    let reader = StudyReader(folder: Fixture.study)
    let results = try reader.results(try reader.study(), try reader.state())
    #expect(missing(old, StudyReport(results).markdown, between: " | ") == [])
  }
}
