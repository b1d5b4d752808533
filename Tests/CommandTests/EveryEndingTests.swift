import Experiments
import Foundation
import Reports
import Storage
import Support
import Testing
import srelu

/// A study that the program of 2026-11-29 ran, before events and states had one vocabulary: interrupted,
/// gone on with, and tried again, with trials that finished, failed, were stopped and were skipped.
@Suite struct EveryEndingTests {
  private let folder = Fixture.folder.appendingPathComponent("every-ending").path

  private func journal(_ folder: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: "\(folder)/journal.jsonl"))
  }

  /// How trials ended last, as the lines have it, read without the program's own types.
  private func endings() throws -> [String: String] {
    var endings: [String: String] = [:]
    for line in try journal(folder).split(separator: UInt8(ascii: "\n")) {
      let line = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
      guard let event = line["event"] as? String, let trial = line["trial"] as? String else {
        continue
      }
      if event == "retried" { endings[trial] = nil }
      if line["result"] != nil { endings[trial] = event }
    }
    return endings
  }

  @Test func theJournalHasEveryKindOfLineAndIsWrittenTheSame() throws {
    let records = try StudyReader(folder: folder).records()
    try Fixture.inFolder { copy in
      let journal = try Journal(folder: copy, fileSystem: POSIXFileSystem())
      for record in records { try journal.append([record.event], time: record.time) }
      #expect(try self.journal(copy) == self.journal(folder))
    }
    let kinds = try journal(folder).split(separator: UInt8(ascii: "\n")).map {
      (try JSONSerialization.jsonObject(with: $0) as? [String: Any])?["event"] as? String
    }
    #expect(
      Set(kinds) == [
        "opened", "environment", "started", "resumed", "epoch", "finished", "failed", "stopped",
        "skipped", "interrupted", "retried", "note", "closed",
      ])
  }

  /// The same for the journal of format 2, but for the number of the format and the checksum of its line.
  @Test func aJournalOfAnEarlierFormatIsRead() throws {
    let records = try StudyReader(folder: Fixture.study).records()
    try Fixture.inFolder { copy in
      let journal = try Journal(folder: copy, fileSystem: POSIXFileSystem())
      for record in records { try journal.append([record.event], time: record.time) }
      let lines = [try self.journal(copy), try self.journal(Fixture.study)].map {
        $0.split(separator: UInt8(ascii: "\n"))
      }
      #expect(lines[0].count == lines[1].count)
      #expect(lines[0].dropFirst() == lines[1].dropFirst())
    }
  }

  @Test func statusAndWatchCountTheSame() throws {
    let endings = try endings()
    try #require(Set(endings.values) == ["finished", "failed", "stopped", "skipped"])
    let reader = StudyReader(folder: folder)
    let status = try StudyStatus(reader)
    let count = { (name: String) in endings.values.count { $0 == name } }
    #expect(status.counts.done == count("finished") && status.counts.failed == count("failed"))
    #expect(status.counts.stopped == count("stopped") && status.counts.skipped == count("skipped"))
    #expect(status.counts.left == 0 && status.counts.total == 12)
    #expect(status.counts.exitCode == .someTrialsFailed)
    let view = try Fixture.view(of: reader.folder)
    #expect(StudyCounts(view.rows.map(\.state)) == status.counts)
    #expect(
      view.lines(TerminalSize(columns: 200, rows: 40)).first
        == "fixture: 1 done, 3 failed, 2 stopped, 6 skipped — not running now")
    #expect(
      status.text.split(separator: "\n").first
        == "study fixture: 1 done, 0 running, 0 waiting, 3 failed, 2 stopped, 6 skipped")
  }

  /// Scripts read `done` where the journal says `finished`.
  @Test func theStatusAsJSONKeepsItsKeysAndWords() throws {
    let text = try JSON.text(try StudyStatus(StudyReader(folder: folder)))
    let status = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(
      Set(status.keys) == [
        "study", "done", "failed", "stopped", "skipped", "running", "waiting", "is_open",
        "was_cut_off", "progress", "seconds", "last_run_seconds", "predicted_seconds", "trials",
        "configurations_asked", "configurations_different",
      ])
    let trials = try #require(status["trials"] as? [[String: Any]])
    let endings = try endings()
    #expect(trials.count == 12)
    for trial in trials {
      let ending = endings[trial["id"] as? String ?? ""]
      #expect(trial["state"] as? String == (ending == "finished" ? "done" : ending))
    }
    #expect(status["done"] as? Int == 1)
  }

  /// While a coordinator is at work what runs is told apart from what waits, everywhere.
  @Test func aCutJournalRunsOnlyWhileItsFolderIsHeld() throws {
    let lines = try journal(folder).split(separator: UInt8(ascii: "\n"))
    let start = try #require(lines.firstIndex { $0.range(of: Data("\"started\"".utf8)) != nil })
    try Fixture.inFolder { copy in
      try FileManager.default.copyItem(
        atPath: "\(folder)/study.yaml", toPath: "\(copy)/study.yaml")
      try Data(lines[...start].map { $0 + Data("\n".utf8) }.joined())
        .write(to: URL(fileURLWithPath: "\(copy)/journal.jsonl"))
      let reader = StudyReader(folder: copy)
      let skipped = try StudyStatus(reader).counts.skipped
      let dead = try StudyStatus(reader)
      #expect(dead.wasCutOff && dead.counts.running == 0 && dead.counts.waiting == 12 - skipped)
      #expect(dead.counts.exitCode == .interrupted)
      let lock = try FolderLock(folder: copy)
      defer { lock.release() }
      let live = try StudyStatus(reader)
      #expect(!live.wasCutOff && live.counts.running == 1)
      #expect(live.counts.waiting == 11 - skipped)
      #expect(try Fixture.view(of: reader.folder).rows.count { $0.state == .running } == 1)
    }
  }
}
