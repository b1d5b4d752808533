import Coordinator
import DataParallel
import Experiments
import Foundation
import Storage
import Support
import TestSupport
import Testing

/// A journal whose disk, process or machine fails.
@Suite struct JournalFaultTests {
  private static let time = "2024-05-06T07:08:09.250Z"

  private static let events: [StudyEvent] = [
    .opened(study: "paper", digest: "d1", trials: 3, groups: 2, ranksPerTrial: 1),
    .started(trial: trial(1).id, group: 1),
    .epoch(trial: trial(1).id, record: epoch(1, 4)),
    .ended(TrialSummary(trial(1), outcome(1))),
    .started(trial: trial(2).id, group: 0),
    .closed(code: 75, seconds: 1.5, predicted: nil),
  ]

  /// What a journal goes through: opened, written to line by line and several at once.
  private func write(to folder: String, _ fileSystem: FaultyFileSystem) -> (told: Int, failed: Bool)
  {
    var told = 0
    do {
      let journal = try Journal(folder: folder, fileSystem: fileSystem)
      for event in Self.events.prefix(3) {
        try journal.append(event, time: Self.time)
        told += 1
      }
      try journal.append(Array(Self.events[3..<5]), time: Self.time, isDurable: false)
      try journal.synchronise()
      told += 2
      return (told, false)
    } catch {
      #expect(error.exitCode == .cannotWrite)
      return (told, true)
    }
  }

  /// A disk that is full, one that fails, and a process that ends, at each call: what was reported as
  /// written stays readable, and the next journal goes on behind it.
  @Test(arguments: [ENOSPC, EIO], [false, true])
  func everyCallMayFailOrBeTheLast(code: Int32, crashes: Bool) throws {
    var call = 0
    var isOver = false
    while !isOver {
      try withTemporaryFolder { folder in
        let fileSystem = FaultyFileSystem()
        fileSystem.fail(at: call, code: code, crashes: crashes, partial: 17)
        let (told, failed) = write(to: folder, fileSystem)
        isOver = !failed
        #expect(failed == (fileSystem.struck > 0), "call \(call)")
        let path = "\(folder)/\(Journal.fileName)"
        let found = try JournalContents(contentsOf: path).records.map(\.event)
        #expect(found.starts(with: Self.events.prefix(told)), "call \(call)")
        #expect(Self.events.starts(with: found), "call \(call)")
        let reopened = try Journal(folder: folder, fileSystem: POSIXFileSystem())
        try reopened.append(Self.events[5], time: Self.time)
        #expect(
          try JournalContents(contentsOf: path).records.map(\.event) == found + [Self.events[5]])
      }
      call += 1
    }
    // open, truncate, fsync; then writes, of at most 100 bytes each, and an fsync for each append.
    #expect(call > 12)
  }

  /// The machine loses all that wasn't synchronised, after each append.
  @Test func whatWasReportedSurvivesALossOfPower() throws {
    try withTemporaryFolder { folder in
      let fileSystem = FaultyFileSystem()
      let journal = try Journal(folder: folder, fileSystem: fileSystem)
      for count in 1...Self.events.count {
        try journal.append(Self.events[count - 1], time: Self.time)
        let whole = try Data(contentsOf: URL(fileURLWithPath: journal.path))
        let length = try #require(fileSystem.synchronisedLength(of: journal.path))
        let left = try JournalContents(whole.prefix(length), path: journal.path)
        #expect(left.records.map(\.event) == Array(Self.events.prefix(count)))
      }
      try journal.append(Self.events, time: Self.time, isDurable: false)
      let length = try #require(fileSystem.synchronisedLength(of: journal.path))
      let whole = try Data(contentsOf: URL(fileURLWithPath: journal.path))
      #expect(length < whole.count, "lines that needn't be durable were waited for")
      try journal.synchronise()
      #expect(fileSystem.synchronisedLength(of: journal.path) == whole.count)
    }
  }
}
