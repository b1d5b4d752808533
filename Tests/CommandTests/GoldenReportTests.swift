import Foundation
import Reports
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

  private func study() throws -> ReportedStudy {
    try StudyReader(folder: Fixture.study).reported(subject: nil)
  }

  private func written(_ name: String) throws -> Data {
    try Fixture.inFolder { folder in
      _ = try ReportWriter(folder: folder, drawsFigures: false).write([study()])
      return try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
    }
  }

  /// Where what was there is missing or another; numbers may differ in the last digits, which the C
  /// library's mathematics has a say in.
  private func differences(_ old: Any, _ new: Any?, at path: String = "") -> [String] {
    switch (old, new) {
    case (let old as [String: Any], let new as [String: Any]):
      return old.flatMap { differences($0.value, new[$0.key], at: "\(path).\($0.key)") }
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

  @Test func reportHasWhatItHad() throws {
    let old = try JSONSerialization.jsonObject(with: golden("report.json"))
    let new = try JSONSerialization.jsonObject(with: written("report.json"))
    #expect(((old as? [String: Any])?["pairings"] as? [Any])?.count == 3 * 6 * 2)
    #expect(differences(old, new) == [])
  }

  @Test func resultsAreTheSame() throws {
    let rows = try text("results.csv")
    #expect(rows.split(separator: "\n").count == 1 + 63)
    #expect(String(decoding: try written("results.csv"), as: UTF8.self) == rows)
  }

  @Test func theTerminalShowsTheSame() throws {
    let old = try text("terminal.txt")
    #expect(TerminalReport(try study(), columns: 100).text + "\n" == old)
  }
}
