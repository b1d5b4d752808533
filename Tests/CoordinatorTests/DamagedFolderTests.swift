import Coordinator
import DataParallel
import Experiments
import Foundation
import Storage
import Support
import TestSupport
import Testing

/// Run folders that somebody or something has damaged.
@Suite struct DamagedFolderTests {
  private static let trialFolder = "trials/\(trial(1).id)"

  /// How a file is damaged.
  enum Damage: CaseIterable, CustomTestStringConvertible {
    case gone, empty, cut, longer, flipped, other, folder, link, pipe

    var testDescription: String { String(describing: self) }

    func apply(to path: String) throws {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
      switch self {
      case .gone: try FileManager.default.removeItem(atPath: path)
      case .empty: try write([])
      case .cut: try write(bytes.dropLast(3))
      case .longer: try write(bytes + Array("x\n".utf8))
      case .flipped:
        var bytes = bytes
        bytes[bytes.count / 2] ^= 1
        try write(bytes)
      case .other: try write(Array("inf,NaN\n".utf8))
      case .folder:
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      case .link:
        try FileManager.default.moveItem(atPath: path, toPath: path + ".moved")
        try FileManager.default.createSymbolicLink(
          atPath: path, withDestinationPath: "/none")
      case .pipe:
        try FileManager.default.removeItem(atPath: path)
        #expect(mkfifo(path, 0o600) == 0)
      }
    }
  }

  private func run(_ folder: String) throws -> (summary: StudySummary, started: Set<UInt64>) {
    let runner = StudyRunner(groups: 1)
    let result = try runner.run(in: folder, seeds: 0..<3, train: pretendToTrain)
    let started = runner.log.counts(\.startedTrial)
    return (result.coordinator, Set(started.keys))
  }

  private func state(_ folder: String) throws -> JournalState {
    .replay(try JournalContents(contentsOf: "\(folder)/journal.jsonl").records)
  }

  /// The files of a run folder's trials, with their contents.
  private func contents(_ folder: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/trials")
    where !path.hasSuffix(".moved") {
      files[path] = FileManager.default.contents(atPath: "\(folder)/trials/\(path)")
    }
    return files
  }

  @Test(arguments: TrialFiles.all, Damage.allCases)
  func aTrialWithADamagedFileIsTrainedAgain(name: String, damage: Damage) throws {
    try withTemporaryFolder { folder in
      #expect(try run(folder).started == [0, 1, 2])
      let before = try contents(folder)
      #expect(before.keys.filter { $0.hasSuffix(name) }.count == 3)
      let path = "\(folder)/\(Self.trialFolder)/\(name)"
      try damage.apply(to: path)
      let ending = try #require(try state(folder).endings[trial(1).id])
      let error = #expect(throws: DamagedTrialFile.self) {
        try TrialFiles.check(ending, in: "\(folder)/\(Self.trialFolder)")
      }
      #expect(error?.path == path && error?.exitCode == .badData)
      let again = try run(folder)
      if damage == .folder {
        // A folder isn't removed: who knows what is in it.
        #expect(again.summary.exitCode == .cannotWrite)
        #expect(again.summary.problem?.contains(path) == true)
        return
      }
      #expect(again.started == [1] && again.summary.exitCode == .done)
      #expect(try contents(folder) == before)
      let notes = try JournalContents(contentsOf: "\(folder)/journal.jsonl").records.compactMap {
        if case .note(let id, let text) = $0.event, id == trial(1).id { text } else { nil }
      }
      #expect(notes.count == 1 && notes[0].hasPrefix(path + ": "))
      #expect(try run(folder).started == [])
    }
  }

  /// Results of earlier versions name no files.
  @Test func aResultWithoutHashesIsReadable() throws {
    try withTemporaryFolder { folder in
      #expect(try run(folder).started == [0, 1, 2])
      let trials = "\(folder)/trials/"
      let records = try JournalContents(contentsOf: "\(folder)/journal.jsonl").records
      try FileManager.default.removeItem(atPath: "\(folder)/journal.jsonl")
      let journal = try Journal(folder: folder, fileSystem: POSIXFileSystem())
      for record in records {
        guard case .ended(var summary) = record.event else {
          try journal.append(record.event, time: record.time)
          continue
        }
        #expect(summary.files?.count == 6)
        summary.files = nil
        try journal.append(.ended(summary), time: record.time)
        try summary.json().write(
          toFile: "\(trials)\(summary.id)/result.json", atomically: false, encoding: .utf8)
        // One that can be read; the others are made up.
        try Data(Safetensors.encode([])).write(
          to: URL(fileURLWithPath: "\(trials)\(summary.id)/model.safetensors"))
      }
      #expect(try run(folder).started == [])
      try FileManager.default.removeItem(atPath: "\(trials)\(trial(0).id)/layers.csv")
      #expect(try run(folder).started == [])
      try Data([1, 2, 3]).write(
        to: URL(fileURLWithPath: "\(trials)\(trial(2).id)/model.safetensors"))
      #expect(try run(folder).started == [2])
    }
  }

  /// A score that is no number, which equals nothing, is a result like any other.
  @Test func aScoreThatIsNoNumberIsNoDamage() throws {
    try withTemporaryFolder { folder in
      let runner = StudyRunner(groups: 1)
      let first = try runner.run(in: folder, seeds: 0..<1) { trial, reporter in
        var outcome = outcome(trial.seed)
        outcome.test.precision = .nan
        outcome.train.f1 = .infinity
        return TrainedTrial(outcome: outcome, model: model(trial.seed))
      }
      #expect(first.coordinator.exitCode == .done)
      let second = StudyRunner(groups: 1)
      _ = try second.run(in: folder, seeds: 0..<1, train: pretendToTrain)
      #expect(second.log.counts(\.startedTrial) == [:])
    }
  }

  /// What is in the place of a folder's own files, and isn't one.
  enum Obstacle: CaseIterable, CustomTestStringConvertible {
    case journalIsAFolder, journalIsAPipe, journalIsHuge, configIsAPipe, configIsHuge
    case lockIsAFolder, lockIsAPipe, lockIsHuge, trialsIsAFile, resultsIsAFolder

    var testDescription: String { String(describing: self) }

    var name: String {
      switch self {
      case .journalIsAFolder, .journalIsAPipe, .journalIsHuge: "journal.jsonl"
      case .configIsAPipe, .configIsHuge: "study.yaml"
      case .lockIsAFolder, .lockIsAPipe, .lockIsHuge: "lock"
      case .trialsIsAFile: "trials"
      case .resultsIsAFolder: "results.csv"
      }
    }

    var code: ExitCode {
      switch self {
      case .journalIsAFolder, .journalIsAPipe, .journalIsHuge, .configIsAPipe, .configIsHuge:
        .badData
      default: .cannotWrite
      }
    }

    func apply(to path: String) throws {
      try? FileManager.default.removeItem(atPath: path)
      switch self {
      case .journalIsAFolder, .lockIsAFolder, .resultsIsAFolder:
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      case .journalIsAPipe, .configIsAPipe, .lockIsAPipe: #expect(mkfifo(path, 0o600) == 0)
      case .journalIsHuge, .configIsHuge, .lockIsHuge:
        let file = try POSIXFileSystem().open(path, O_WRONLY | O_CREAT)
        defer { POSIXFileSystem().close(file) }
        try POSIXFileSystem().truncate(file, to: 1 << 40)
      case .trialsIsAFile: try "x".write(toFile: path, atomically: false, encoding: .utf8)
      }
    }
  }

  @Test(arguments: Obstacle.allCases) func whatIsInTheWayIsNamed(obstacle: Obstacle) throws {
    try withTemporaryFolder { folder in
      #expect(try run(folder).summary.exitCode == .done)
      let path = "\(folder)/\(obstacle.name)"
      try obstacle.apply(to: path)
      let summary = try run(folder).summary
      #expect(summary.exitCode == obstacle.code, "\(summary)")
      #expect(summary.problem?.hasPrefix(path) == true, "\(summary)")
    }
  }

  @Test func aConfigThatIsMissingIsNamed() throws {
    try withTemporaryFolder { folder in
      #expect(try run(folder).summary.exitCode == .done)
      try FileManager.default.removeItem(atPath: "\(folder)/study.yaml")
      let summary = try run(folder).summary
      #expect(summary.exitCode == .badData)
      #expect(summary.problem?.hasPrefix("\(folder)/study.yaml: ") == true)
    }
  }

  /// A journal that a program has copied as text for another system.
  @Test func linesThatEndAsOnAnotherSystemAreRead() throws {
    try withTemporaryFolder { folder in
      #expect(try run(folder).summary.exitCode == .done)
      let path = "\(folder)/journal.jsonl"
      let before = try JournalContents(contentsOf: path).records
      #expect(before.count > 10)
      let lines = try text(path).replacingOccurrences(of: "\n", with: "\r\n")
      try lines.write(toFile: path, atomically: false, encoding: .utf8)
      #expect(try JournalContents(contentsOf: path).records == before)
      #expect(try run(folder).started == [])
    }
  }
}
