import Experiments
import Foundation
import Support
import Testing

/// Ids and files of the version before settings were described in a table: names of folders that exist.
///
/// The fixtures were written by the code of commit 715dc35. A setting that is added may add a column.
@Suite struct FrozenTrialTests {
  private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  private static let frozen = tests.appendingPathComponent("Fixtures/frozen").path
  private static let configs =
    tests.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("configs")
    .path

  private static func read(_ name: String) throws -> String {
    try String(contentsOfFile: "\(frozen)/\(name)", encoding: .utf8)
  }

  private static func broad() throws -> StudyConfig {
    try StudyConfig(yaml: try read("broad.yaml"), file: "broad.yaml", baseDirectory: "/base")
  }

  /// `name digest`, then `id cell label` for every seventh of its trials; the digest is that of all ids.
  private static func listing(_ study: StudyConfig) -> String {
    let lines = study.trials.enumerated().filter { $0.offset % 7 == 0 }.map {
      "\($0.element.id) \($0.element.cellID) \($0.element.label)"
    }
    return (["\(study.name) \(study.digest)"] + lines).joined(separator: "\n") + "\n"
  }

  /// Some of the broad study's trials, as results.
  private static func summaries() throws -> [TrialSummary] {
    let all = try broad().trials.filter { $0.activation.name == "srelu" }
    return all.enumerated().filter { $0.offset % 23 == 0 }
      .map { TrialSummary($0.element, status: .skipped, reason: nil) }
  }

  @Test func idsOfEveryStudyStay() throws {
    let names = ["beta-search", "beta-sweep", "comparison", "paper", "quickstart"]
    let shipped = try names.map { try StudyConfig(contentsOf: "\(Self.configs)/\($0).yaml") }
    let now = (shipped + [try Self.broad()]).map(Self.listing).joined().split(separator: "\n")
    let frozen = try Self.read("trial-ids.txt").split(separator: "\n")
    #expect(frozen.count == 626)
    #expect(now.count == frozen.count)
    for (line, old) in zip(now, frozen) { #expect(line == old) }
  }

  /// A run folder's `study.yaml` is the same study, and is written as it was.
  @Test func writtenStudiesStay() throws {
    let text = try Self.read("study.yaml")
    let study = try StudyConfig(yaml: text, file: "study.yaml", baseDirectory: "/")
    #expect(study == (try Self.broad()))
    #expect(Set(study.yaml.split(separator: "\n")) == Set(text.split(separator: "\n")))
  }

  @Test func everyTrialComesBackFromItsText() throws {
    let trials = try Self.broad().trials
    #expect(trials.count == 3712)
    for trial in trials {
      #expect(try Trial(canonicalConfiguration: trial.canonicalConfiguration) == trial)
    }
  }

  @Test func resultsStay() throws {
    // They were written by a version that knew of no numerics.
    let summaries = try Self.summaries().map { summary in
      var old = summary
      old.numerics = 1
      return old
    }
    // By name: a setting that is added is a column more.
    let frozen = try CSV.rows(try Self.read("results.csv"))
    let now = try CSV.rows(TrialSummary.csv(summaries))
    let places = try frozen[0].map { try #require(now[0].firstIndex(of: $0), "no column \($0)") }
    #expect(places == places.sorted())
    #expect(now.map { row in places.map { row[$0] } } == frozen)
    let old = try Self.read("results.json").components(separatedBy: "\n}\n\n{").map {
      ($0.hasPrefix("{") ? "" : "{") + $0 + ($0.hasSuffix("}\n") ? "" : "\n}\n")
    }
    #expect(old.count == 43)
    #expect(try old.map(TrialSummary.init(json:)) == summaries)
    #expect(try summaries.map { try $0.json() } == old)
  }
}
