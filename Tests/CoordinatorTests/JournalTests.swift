import Coordinator
import Experiments
import Foundation
import Testing

@Suite struct JournalTests {
  private static let time = "2024-05-06T07:08:09.250Z"

  private static let events: [JournalEvent] = [
    .opened(study: "paper", digest: "d1", trials: 3, groups: 2, ranksPerTrial: 1),
    .started(trial: trial(1).id, group: 1),
    .epoch(trial: trial(1).id, record: epoch(1, 4)),
    .ended(TrialSummary(trial(1), outcome(1))),
    .started(trial: trial(2).id, group: 0),
    .ended(
      TrialSummary(
        trial(2), status: .failed, reason: "a \"quoted\"\nreason", ranks: 2, seconds: 0.5)),
    .ended(TrialSummary(trial(0), status: .skipped, reason: "no data")),
  ]

  private func written(to folder: String) throws -> String {
    let journal = try Journal(folder: folder, fileSystem: POSIXFileSystem())
    for event in Self.events { try journal.append(event, time: Self.time) }
    return journal.path
  }

  @Test func linesReadBackAsTheyWereWritten() throws {
    try withTemporaryFolder { folder in
      let path = try written(to: folder)
      let contents = try JournalContents(contentsOf: path)
      #expect(contents.records.map(\.event) == Self.events)
      #expect(contents.records.map(\.sequence) == Array(1...Self.events.count))
      #expect(contents.records.allSatisfy { $0.time == Self.time })
      #expect(try text(path).split(separator: "\n").count == Self.events.count)
    }
  }

  @Test func keysAreThoseOfTheOtherFiles() throws {
    try withTemporaryFolder { folder in
      let lines = try text(try written(to: folder)).split(separator: "\n")
      #expect(
        lines[0]
          == #"{"digest":"d1","event":"opened","format":1,"groups":2,"ranks_per_trial":1,"seq":1,"#
          + #""study":"paper","time":"\#(Self.time)","trials":3}"#)
      #expect(
        lines[2]
          == #"{"epoch":1,"event":"epoch","seconds":0.0625,"seq":3,"test_accuracy":0.75,"#
          + #""test_loss":4.2,"time":"\#(Self.time)","train_accuracy":0.5,"train_loss":4.1,"#
          + #""trial":"\#(trial(1).id)"}"#)
    }
  }

  @Test func lossesThatAreNoNumbersSurvive() throws {
    try withTemporaryFolder { folder in
      let journal = try Journal(folder: folder, fileSystem: POSIXFileSystem())
      let record = EpochRecord(
        epoch: 1, trainLoss: .nan, trainAccuracy: 0, testLoss: -.infinity, testAccuracy: 0,
        seconds: .infinity)
      try journal.append(.epoch(trial: "t", record: record), time: Self.time)
      let read = try JournalContents(contentsOf: journal.path).records
      guard case .epoch("t", let back) = read[0].event else {
        Issue.record("\(read)")
        return
      }
      #expect(back.trainLoss.isNaN && back.testLoss == -.infinity && back.seconds == .infinity)
    }
  }

  @Test func everyTornTailIsIgnoredAndCutOffBeforeTheNextLine() throws {
    try withTemporaryFolder { folder in
      let path = try written(to: folder)
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      let lastLine = try #require(whole.dropLast().lastIndex(of: UInt8(ascii: "\n"))) + 1
      for length in lastLine..<whole.count {
        try whole.prefix(length).write(to: URL(fileURLWithPath: path))
        let contents = try JournalContents(contentsOf: path)
        #expect(contents.records.map(\.event) == Array(Self.events.dropLast()))
        #expect(contents.validLength == lastLine)
        let journal = try Journal(folder: folder, fileSystem: POSIXFileSystem())
        try journal.append(Self.events.last!, time: Self.time)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole, "cut at \(length)")
      }
    }
  }

  @Test func aLastLineOfZerosIsTornToo() throws {
    try withTemporaryFolder { folder in
      let path = try written(to: folder)
      var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      let length = bytes.count
      bytes += Data(repeating: 0, count: 40) + Data("\n".utf8)
      let contents = try JournalContents(bytes, path: path)
      #expect(contents.validLength == length)
      #expect(contents.records.count == Self.events.count)
    }
  }

  @Test(arguments: [
    (2, #"{"seq":3,"#), (0, ""), (4, "{}"), (3, #"{"event":"dancing","seq":4,"time":"now"}"#),
  ]) func damageInTheMiddleNamesItsLine(index: Int, replacement: String) throws {
    try withTemporaryFolder { folder in
      let path = try written(to: folder)
      var lines = try text(path).components(separatedBy: "\n")
      lines[index] = replacement
      let data = Data(lines.joined(separator: "\n").utf8)
      let error = #expect(throws: StudyError.self) { try JournalContents(data, path: path) }
      guard case .damagedJournal(path, index + 1, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(error?.exitCode == .badData)
      try data.write(to: URL(fileURLWithPath: path))
      #expect(throws: StudyError.self) {
        try Journal(folder: folder, fileSystem: POSIXFileSystem())
      }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == data)
    }
  }

  @Test func aMissingLineBreaksTheSequence() throws {
    try withTemporaryFolder { folder in
      let path = try written(to: folder)
      var lines = try text(path).components(separatedBy: "\n")
      lines.remove(at: 3)
      let data = Data(lines.joined(separator: "\n").utf8)
      #expect(
        throws: StudyError.damagedJournal(
          path: path, line: 4, reason: "expected the sequence number 4, found 5")
      ) { try JournalContents(data, path: path) }
    }
  }

  @Test(arguments: [FaultyFileSystem.Call.write, .synchronize])
  func aFailedWriteIsReportedAndLosesNothingBefore(call: FaultyFileSystem.Call) throws {
    try withTemporaryFolder { folder in
      let fileSystem = FaultyFileSystem()
      let journal = try Journal(folder: folder, fileSystem: fileSystem)
      for event in Self.events.prefix(4) { try journal.append(event, time: Self.time) }
      fileSystem.fail(call, partial: 17)
      let error = #expect(throws: StudyError.self) {
        try journal.append(Self.events[4], time: Self.time)
      }
      #expect(error?.exitCode == .cannotWrite)
      #expect(fileSystem.struck == 1)
      #expect(throws: StudyError.self) { try journal.append(Self.events[4], time: Self.time) }
      #expect(fileSystem.struck == 1, "a broken journal was written to")
      #expect(journal.state == .replay(records(Self.events.prefix(4))))
      let contents = try JournalContents(contentsOf: journal.path)
      #expect(contents.records.prefix(4).map(\.event) == Array(Self.events.prefix(4)))
      let reopened = try Journal(folder: folder, fileSystem: POSIXFileSystem())
      try reopened.append(Self.events[5], time: Self.time)
      #expect(try JournalContents(contentsOf: journal.path).records.last?.event == Self.events[5])
    }
  }

  @Test func replayKnowsHowEachTrialEnded() {
    var events = Self.events
    let state = JournalState.replay(records(events))
    #expect(state.study == "paper" && state.digest == "d1" && state.trialCount == 3)
    #expect(state.trials(.finished) == [trial(1).id])
    #expect(state.trials(.failed) == [trial(2).id])
    #expect(state.trials(.skipped) == [trial(0).id])
    #expect(state.endings[trial(1).id] == TrialSummary(trial(1), outcome(1)))
    #expect(state.epochs[trial(1).id] == [epoch(1, 4)])
    #expect(state.running.isEmpty)
    // The failed trial is run again and ends well; another one is cut off.
    events += [
      .opened(study: "paper", digest: "d2", trials: 4, groups: 1, ranksPerTrial: 2),
      .started(trial: trial(2).id, group: 0), .epoch(trial: trial(2).id, record: epoch(1, 9)),
      .ended(TrialSummary(trial(2), outcome(2))), .started(trial: trial(3).id, group: 0),
    ]
    let later = JournalState.replay(records(events))
    #expect(later.digest == "d2" && later.trialCount == 4)
    #expect(later.trials(.finished) == [trial(1).id, trial(2).id])
    #expect(later.trials(.failed).isEmpty)
    #expect(later.running == [trial(3).id: 0])
    #expect(later.epochs[trial(2).id] == [epoch(1, 9)])
  }

  private func records(_ events: some Collection<JournalEvent>) -> [JournalRecord] {
    events.enumerated().map {
      JournalRecord(sequence: $0 + 1, time: Self.time, event: $1)
    }
  }
}
