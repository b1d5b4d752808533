import Coordinator
import DataParallel
import Experiments
import Foundation
import Storage
import Support
import TestSupport
import Testing

@Suite struct JournalTests {
  private static let time = "2024-05-06T07:08:09.250Z"

  private static let events: [StudyEvent] = [
    .opened(study: "paper", digest: "d1", trials: 3, groups: 2, ranksPerTrial: 1),
    .started(trial: trial(1).id, group: 1),
    .epoch(trial: trial(1).id, record: epoch(1, 4)),
    .ended(TrialSummary(trial(1), outcome(1))),
    .started(trial: trial(2).id, group: 0),
    .ended(
      TrialSummary(
        trial(2), status: .failed, reason: "a \"quoted\"\nreason", ranks: 2, seconds: 0.5)),
    .ended(TrialSummary(trial(0), status: .skipped, reason: "no data")),
    .resumed(trial: trial(2).id, step: 17, epoch: 3),
    .ended(TrialSummary(trial(2), status: .stopped, reason: "after epoch 1 of 9", ranks: 1)),
    .interrupted(trial: trial(2).id),
    .retried(trial: trial(2).id),
    .note(trial: nil, text: "mended"),
    .note(trial: trial(2).id, text: "mended too"),
    .closed(code: 75, seconds: 1.5, predicted: nil),
    .closed(code: 0, seconds: 2.5, predicted: 2.25),
  ]

  /// The checksum as zlib's own documentation has it: reflected, polynomial 0xEDB88320.
  private func crc32(_ text: some StringProtocol) -> String {
    var crc: UInt32 = .max
    for byte in text.utf8 {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
    }
    let digits = String(~crc, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// A line with its checksum; `open` is a JSON object without its closing brace.
  private func line(_ open: String) -> String { "\(open),\"crc32\":\"\(crc32(open))\"}" }

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

  /// Whoever writes a file can seal any line of it.
  @Test(arguments: [-1, 1 << 40, Int.max, Int.min])
  func ranksThatNoJobHasAreRefused(ranks: Int) throws {
    try withTemporaryFolder { folder in
      let lines = try text(try written(to: folder)).split(separator: "\n").map(String.init)
      let first = try #require(lines.firstIndex { $0.contains("\"event\":\"started\"") })
      let ended = try #require(lines.firstIndex { $0.contains("\"event\":\"finished\"") })
      for index in [first, ended] {
        var changed = lines
        let open = try #require(changed[index].range(of: ",\"crc32\""))
        let body = String(changed[index][..<open.lowerBound])
        changed[index] = line(
          body.replacing(#/"ranks":[0-9]+/#, with: "\"ranks\":\(ranks)"))
        #expect(changed[index] != lines[index])
        let path = "\(folder)/changed.jsonl"
        try Data((changed.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
        #expect {
          try JournalContents(contentsOf: path)
        } throws: { error in
          guard case StudyError.damagedJournal(_, let number, _) = error else { return false }
          return number == index + 1
        }
      }
    }
  }

  /// What only matters while a study runs is no line, and takes no number.
  @Test func whatIsOnlyToldIsNotWritten() throws {
    let told: [StudyEvent] = [
      .waitingForFolder(notice: "held"), .stopping,
      .progress(
        trial: trial(1).id,
        TrialProgress(epoch: 1, fraction: 0.5, loss: 1, accuracy: 1, samplesPerSecond: 1)),
    ]
    try withTemporaryFolder { folder in
      let journal = try Journal(folder: folder, fileSystem: POSIXFileSystem())
      try journal.append(told, time: Self.time)
      for event in Self.events { try journal.append(told + [event] + told, time: Self.time) }
      let records = try JournalContents(contentsOf: journal.path).records
      #expect(records.map(\.event) == Self.events)
      #expect(journal.state == .replay(records))
    }
  }

  @Test func keysAreThoseOfTheOtherFiles() throws {
    try withTemporaryFolder { folder in
      let lines = try text(try written(to: folder)).split(separator: "\n")
      let opened =
        #"{"digest":"d1","event":"opened","format":3,"groups":2,"ranks_per_trial":1,"seq":1,"#
        + #""study":"paper","time":"\#(Self.time)","trials":3"#
      #expect(lines[0] == line(opened))
      let epoch =
        #"{"epoch":1,"event":"epoch","seconds":0.0625,"seq":3,"test_accuracy":0.75,"#
        + #""test_loss":4.2,"time":"\#(Self.time)","train_accuracy":0.5,"train_loss":4.1,"#
        + #""trial":"\#(trial(1).id)""#
      #expect(lines[2] == line(epoch))
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
    (3, ",\"crc32\":\"00000000\"}"),
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

  /// Whatever bit of a line changes, the line is no longer taken for whole.
  @Test func aFlippedBitIsSeen() throws {
    try withTemporaryFolder { folder in
      let path = try written(to: folder)
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      let secondLine = try #require(whole.firstIndex(of: UInt8(ascii: "\n"))) + 1
      let thirdLine = try #require(whole[secondLine...].firstIndex(of: UInt8(ascii: "\n"))) + 1
      for place in secondLine..<thirdLine {
        for bit in 0..<8 {
          var bytes = whole
          bytes[place] ^= 1 << bit
          let error = #expect(throws: StudyError.self, "byte \(place) bit \(bit)") {
            try JournalContents(bytes, path: path)
          }
          guard case .damagedJournal(path, 2, _) = error else {
            Issue.record("byte \(place) bit \(bit): \(String(describing: error))")
            return
          }
        }
      }
    }
  }

  /// Lines that say what can't be, with the right checksum.
  @Test func nonsenseWithAChecksumIsSeen() throws {
    try withTemporaryFolder { folder in
      let path = try written(to: folder)
      var lines = try text(path).components(separatedBy: "\n")
      for open in [
        #"{"event":"dancing","seq":2,"time":"now""#, #"{"event":"started","seq":2,"time":"now""#,
        "[1", "{",
      ] {
        lines[1] = line(open)
        let data = Data(lines.joined(separator: "\n").utf8)
        let error = #expect(throws: StudyError.self) { try JournalContents(data, path: path) }
        guard case .damagedJournal(path, 2, _) = error else {
          Issue.record("\(open): \(String(describing: error))")
          return
        }
      }
    }
  }

  /// Power that fails may leave several lines without their bytes.
  @Test func severalTornLinesAreIgnored() throws {
    try withTemporaryFolder { folder in
      let path = try written(to: folder)
      var lines = try text(path).split(separator: "\n").map(String.init)
      let whole = lines.count
      for index in 4..<whole { lines[index] = String(repeating: "\0", count: 20) }
      let data = Data((lines.joined(separator: "\n") + "\n").utf8)
      let contents = try JournalContents(data, path: path)
      #expect(contents.records.map(\.event) == Array(Self.events.prefix(4)))
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
    var events = Array(Self.events.prefix(7) + Self.events.suffix(2))
    let state = JournalState.replay(records(events))
    #expect(state.study == "paper" && state.digest == "d1")
    #expect(state.trials(.finished) == [trial(1).id])
    #expect(state.trials(.failed) == [trial(2).id])
    #expect(state.trials(.skipped) == [trial(0).id])
    #expect(state.endings[trial(1).id] == TrialSummary(trial(1), outcome(1)))
    #expect(state.epochs[trial(1).id] == [epoch(1, 4)])
    #expect(state.running.isEmpty)
    #expect(!state.isOpen && state.seconds == 4 && state.lastSeconds == 2.5)
    // The failed trial is run again and ends well; another one is cut off.
    events += [
      .opened(study: "paper", digest: "d2", trials: 4, groups: 1, ranksPerTrial: 2),
      .started(trial: trial(2).id, group: 0), .epoch(trial: trial(2).id, record: epoch(1, 9)),
      .ended(TrialSummary(trial(2), outcome(2))), .started(trial: trial(3).id, group: 0),
    ]
    let later = JournalState.replay(records(events))
    #expect(later.digest == "d2")
    #expect(later.trials(.finished) == [trial(1).id, trial(2).id])
    #expect(later.trials(.failed).isEmpty)
    #expect(later.running == [trial(3).id: 0])
    #expect(later.isOpen && later.seconds == 4 && later.lastSeconds == nil)
    #expect(later.epochs[trial(2).id] == [epoch(1, 9)])
  }

  /// A trial counts the deaths of the coordinator that it was at work in, until it comes further.
  @Test func replayCountsCrashes() {
    let opened = StudyEvent.opened(
      study: "s", digest: "d", trials: 2, groups: 1, ranksPerTrial: 1)
    let (a, b) = (trial(1).id, trial(2).id)
    var events: [StudyEvent] = [opened, .started(trial: a, group: 0)]
    func crashes() -> [String: Int] { JournalState.replay(records(events)).crashes }
    #expect(crashes().isEmpty)
    events += [opened, .started(trial: a, group: 0), .started(trial: b, group: 1)]
    #expect(crashes() == [a: 1])
    events += [.interrupted(trial: b), opened]
    #expect(crashes() == [a: 2])
    events += [.started(trial: a, group: 0), .resumed(trial: a, step: 5, epoch: 0), opened]
    #expect(crashes() == [a: 1])
    events += [.started(trial: a, group: 0), .resumed(trial: a, step: 5, epoch: 0), opened]
    #expect(crashes() == [a: 2])
    events += [.started(trial: a, group: 0), .ended(TrialSummary(trial(1), outcome(1))), opened]
    #expect(crashes().isEmpty)
  }

  @Test func replayKnowsWhereSearchesStopped() {
    let id = trial(1).id
    let stopped = StudyEvent.ended(TrialSummary(trial(1), status: .stopped, reason: nil))
    let events: [StudyEvent] = [
      .started(trial: id, group: 0), .epoch(trial: id, record: epoch(1, 4)), stopped,
      .started(trial: id, group: 0), .resumed(trial: id, step: 9, epoch: 1),
      .epoch(trial: id, record: epoch(1, 4)), .epoch(trial: id, record: epoch(2, 3)), stopped,
    ]
    let state = JournalState.replay(records(events))
    #expect(state.history.map(\.trial) == [id, id])
    #expect(state.history.map(\.state) == [.stopped, .stopped])
    #expect(state.history.map(\.record) == [epoch(1, 4), epoch(2, 3)])
    #expect(state.trials(.stopped) == [id])
  }

  @Test func whatASearchProposesIsKept() throws {
    try withTemporaryFolder { folder in
      let journal = try Journal(folder: folder, fileSystem: POSIXFileSystem())
      let proposals = [
        SearchProposal(search: "a1", index: 0, values: ["training.batch-size": 64, "x": 0.1]),
        SearchProposal(search: "a1", index: 1, values: ["training.batch-size": 32, "x": 1e-7]),
        SearchProposal(search: "b2", index: 0, values: ["x": 3]),
      ]
      try journal.append(proposals.map { .proposed($0) }, time: Self.time)
      let first =
        #"{"configuration":0,"event":"proposed","search":"a1","seq":1,"time":"\#(Self.time)","#
        + #""values":{"training.batch-size":64,"x":0.1}"#
      #expect(try text(journal.path).split(separator: "\n").first.map(String.init) == line(first))
      let state = JournalState.replay(try JournalContents(contentsOf: journal.path).records)
      #expect(state == journal.state)
      #expect(
        state.proposals == [
          "a1": [0: proposals[0].values, 1: proposals[1].values], "b2": [0: proposals[2].values],
        ])
    }
  }

  private func records(_ events: some Collection<StudyEvent>) -> [JournalRecord] {
    events.enumerated().map {
      JournalRecord(sequence: $0 + 1, time: Self.time, event: $1)
    }
  }
}
