import Coordinator
import Foundation
import Reports
import Storage
import Testing
import srelu

/// The live view of the committed study, whole and while it ran.
@Suite struct WatchTests {
  private let wide = TerminalSize(columns: 120, rows: 10_000)

  @Test func aFinishedStudyShowsEveryTrial() throws {
    let view = try Fixture.view(of: Fixture.study)
    #expect(view.total == 63)
    #expect(view.rows.count == 63)
    #expect(view.rows.allSatisfy { $0.state == .finished && $0.epochs.count == 3 })
    #expect(!view.isOpen)
    #expect(abs(view.share - 1) < 1e-9)
  }

  @Test func aRunningStudyShowsWhatIsUnderWay() throws {
    let journal = try Fixture.journal()
    // Up to the second trial that finished.
    let ends = journal.indices.filter { journal[$0].contains("\"event\":\"finished\"") }
    try Fixture.cut(to: ends[1] + 1) { folder in
      // Without a coordinator it is what a killed one left.
      let dead = try Fixture.view(of: folder)
      #expect(!dead.isOpen && dead.rows.allSatisfy { $0.state != .running })
      let lock = try FolderLock(folder: folder)
      defer { lock.release() }
      let view = try Fixture.view(of: folder)
      #expect(view.isOpen)
      #expect(view.total == 63)
      #expect(view.rows.count { $0.state == .finished } == 2)
      #expect(view.share > 0 && view.share < 0.5)
      let started = Set(
        journal[...ends[1]].filter { $0.contains("\"event\":\"started\"") })
      #expect(view.rows.count == started.count)
      // Time passes while nothing happens, but only for a study that runs.
      let elapsed = try #require(view.elapsed)
      #expect(view.later(by: 5).elapsed == elapsed + 5)
      #expect(dead.later(by: 5).elapsed == nil)
    }
  }

  @Test func aScreenIsNeverOverfull() throws {
    let view = try Fixture.view(of: Fixture.study)
    for size in [(20, 5), (40, 8), (80, 24), (200, 100)] {
      let lines = view.lines(TerminalSize(columns: size.0, rows: size.1))
      #expect(lines.count < size.1)
      #expect(!lines.isEmpty)
      for line in lines { #expect(line.count <= size.0, "\(size): \(line)") }
    }
  }

  /// Trials keep their ids when a study gets another learning rate and, on one data set, another number of
  /// epochs: both are axes then, the latter on that data set alone.
  @Test func namesTellTheSettingsThatAreAxes() throws {
    try Fixture.cut(to: try Fixture.journal().count) { folder in
      let plain = try Fixture.view(of: folder).lines(wide)
      #expect(plain.contains { $0.contains(" srelu wdbc ffnn(hidden=6) seed 3 ") })
      let path = "\(folder)/study.yaml"
      let config = try String(contentsOfFile: path, encoding: .utf8)
        .replacingOccurrences(of: "[0.001]", with: "[0.001, 0.01]")
        .replacingOccurrences(of: "\"wdbc\": [3]", with: "\"wdbc\": [3, 4]")
      try config.write(toFile: path, atomically: true, encoding: .utf8)
      let lines = try Fixture.view(of: folder).lines(wide)
      let status = try StudyStatus(StudyReader(folder: folder)).text.split(separator: "\n")
      for name in [
        "srelu wdbc ffnn(hidden=6) rate 0.001 3 epochs seed 3",
        "relu shapes cnn(filters=2,hidden=6) rate 0.001 seed 0",
      ] {
        #expect(lines.contains { $0.contains(" \(name) ") }, "\(name) in \(lines.prefix(4))")
        #expect(status.contains { $0.contains("  \(name) test accuracy") }, "\(name)")
      }
    }
  }

  @Test func sparklinesFollowTheLoss() throws {
    let text = try Fixture.view(of: Fixture.study).lines(wide).joined(separator: "\n")
    #expect(text.contains("fixture"))
    #expect(text.contains { "▁▂▃▄▅▆▇█".contains($0) })
  }
}
