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

  @Test func sparklinesFollowTheLoss() throws {
    let text = try Fixture.view(of: Fixture.study).lines(wide).joined(separator: "\n")
    #expect(text.contains("fixture"))
    #expect(text.contains { "▁▂▃▄▅▆▇█".contains($0) })
  }
}
