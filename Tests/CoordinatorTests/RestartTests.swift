import Coordinator
import DataParallel
import Experiments
import Foundation
import Models
import Storage
import Support
import Synchronization
import TestSupport
import Testing

/// What a run finds that comes after one that died, was interrupted, or ran into a full disk.
@Suite struct RestartTests {
  private func isStart(of seed: UInt64) -> @Sendable (StudyEvent) -> Bool {
    { $0.startedTrial == trial(seed).id }
  }

  private func state(_ folder: String) throws -> JournalState {
    .replay(try JournalContents(contentsOf: "\(folder)/journal.jsonl").records)
  }

  /// Runs trials of which those with these seeds fail.
  private func run(
    _ folder: String, seeds: Range<UInt64> = 0..<3, failing: Set<UInt64> = [],
    retriesFailed: Bool = true, death: (copy: String, dies: @Sendable (StudyEvent) -> Bool)? = nil
  ) throws -> (summary: StudySummary, started: Set<UInt64>) {
    var runner = StudyRunner(groups: 1)
    runner.retriesFailed = retriesFailed
    runner.death = death
    let result = try runner.run(in: folder, seeds: seeds) { trial, reporter in
      if failing.contains(trial.seed) { throw Fault(description: "the tape broke") }
      return try pretendToTrain(trial, reporter)
    }
    let started = runner.log.counts(\.startedTrial)
    return (result.coordinator, Set(started.keys))
  }

  /// The retries of a call outlive a crash: the one that ran and the one that hadn't begun. Longest
  /// first, 2 is tried before 1.
  @Test(arguments: [true, false]) func retriesGoOnAfterACrash(retriesFailed: Bool) throws {
    try withTemporaryFolder { parent in
      let (folder, copy) = ("\(parent)/run", "\(parent)/copy")
      #expect(try run(folder, failing: [1, 2]).summary.trials.failed == 2)
      _ = try run(folder, death: (copy, isStart(of: 2)))
      let status = try state(copy)
      #expect(status.trials(.failed).isEmpty && Set(status.running.keys) == [trial(2).id])
      let last = try run(copy, retriesFailed: retriesFailed)
      #expect(last.started == [1, 2])
      #expect(last.summary.exitCode == .done && last.summary.trials.done == 3)
    }
  }

  /// No folder gets results of two arithmetics.
  @Test func resultsOfOtherNumericsAreRefused() throws {
    try withTemporaryFolder { parent in
      let folder = "\(parent)/run"
      _ = try run(folder, seeds: 0..<2)
      let ending = try #require(state(folder).endings[trial(1).id])
      #expect(ending.numerics == Numerics.current)
      func end(withNumerics numerics: Int) throws {
        let open = try StudyFolder(opening: folder, for: study("study", seeds: [0, 1]))
        defer { open.close() }
        var changed = ending
        changed.numerics = numerics
        try open.journal.append([StudyEvent.ended(changed)], time: "2026-01-01T00:00:00Z")
      }
      for found in [7, 1] {
        try end(withNumerics: found)
        let refused = try run(folder)
        #expect(
          refused.summary.problem
            == StudyError.otherNumerics(path: folder, found: found).description)
        #expect(refused.summary.exitCode == .usage && refused.started.isEmpty)
      }
      try end(withNumerics: Numerics.current)
      #expect(try run(folder).started == [2])
    }
  }

  /// Nor does a trial go on from a checkpoint of another arithmetic.
  @Test func checkpointsOfOtherNumericsAreRefused() {
    let opened = StudyEvent.opened(study: "s", digest: "d", trials: 1, groups: 1, ranksPerTrial: 1)
    let started = StudyEvent.started(trial: trial(1).id, group: 0)
    func other(_ events: [StudyEvent]) -> Int? {
      var state = JournalState()
      for event in events { state.apply(event) }
      return state.otherNumerics
    }
    let current = ["numerics": String(Numerics.current)]
    #expect(other([opened, .environment(["srelu": "1"])]) == nil)
    #expect(other([opened, .environment(["srelu": "1"]), started]) == 1)
    #expect(other([opened, .environment(["numerics": "9"]), started]) == 9)
    #expect(other([opened, .environment(current), started]) == nil)
  }

  /// What fails in its retry has failed; only a new call tries it again.
  @Test func aRetryThatFailsIsNotRepeatedByARestart() throws {
    try withTemporaryFolder { parent in
      let (folder, copy) = ("\(parent)/run", "\(parent)/copy")
      _ = try run(folder, failing: [1, 2])
      _ = try run(
        folder, failing: [2],
        death: (copy, { $0.trial(endedAs: .failed) == trial(2).id }))
      let restart = try run(copy, retriesFailed: false)
      #expect(restart.started == [1])
      #expect(restart.summary.trials.failed == 1 && restart.summary.trials.done == 2)
      let unwanted = try run(copy, retriesFailed: false)
      #expect(unwanted.started.isEmpty && unwanted.summary.exitCode == .someTrialsFailed)
      #expect(try run(copy).started == [2])
      #expect(try state(copy).trials(.finished).count == 3)
    }
  }

  /// A retry that is given up keeps its checkpoints, and goes on with or without `--retry failed`.
  @Test(arguments: [true, false]) func aRetryThatIsInterruptedGoesOn(retriesFailed: Bool) throws {
    try withTemporaryFolder { folder in
      _ = try run(folder, failing: [2])
      let checkpoint = "\(folder)/trials/\(trial(2).id)/checkpoint.safetensors"
      let second = StudyRunner(groups: 1)
      _ = try second.run(in: folder, seeds: 0..<3) { _, _ in
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: checkpoint))
        throw TrialInterrupted(step: 5)
      }
      #expect(FileManager.default.fileExists(atPath: checkpoint))
      var third = StudyRunner(groups: 1)
      third.retriesFailed = retriesFailed
      let result = try third.run(in: folder, seeds: 0..<3) { trial, reporter in
        if trial.seed == 2 { #expect(FileManager.default.fileExists(atPath: checkpoint)) }
        return try pretendToTrain(trial, reporter)
      }
      #expect(result.coordinator.exitCode == .done && result.coordinator.trials.done == 3)
      #expect(!FileManager.default.fileExists(atPath: checkpoint))
    }
  }

  /// Three deaths of the coordinator while a trial runs are the trial's fault, and the rest goes on.
  @Test func aTrialThatKillsTheStudyThreeTimesFails() throws {
    try withTemporaryFolder { parent in
      var folder = "\(parent)/run0"
      for death in 1...3 {
        let copy = "\(parent)/run\(death)"
        let before = try run(folder, death: (copy, isStart(of: 2)))
        #expect(before.summary.exitCode == .done, "after \(death - 1) deaths")
        folder = copy
      }
      let last = try run(folder)
      #expect(last.started == [0, 1])
      #expect(last.summary.exitCode == .someTrialsFailed && last.summary.trials.done == 2)
      let ending = try state(folder).endings[trial(2).id]
      #expect(ending?.status == .failed)
      #expect(
        ending?.reason
          == "the study's processes died 3 times while it ran, without its coming further")
      // The next call tries it again, and it has all three lives.
      #expect(try run(folder).started == [2])
    }
  }

  /// A full disk stops a study in order, however often: no trial is blamed for it.
  @Test(arguments: [FaultyFileSystem.Call.write, .synchronize])
  func aFullDiskIsNoDeath(call: FaultyFileSystem.Call) throws {
    try withTemporaryFolder { folder in
      for _ in 1...4 {
        let fileSystem = FaultyFileSystem()
        let runner = StudyRunner(groups: 1, fileSystem: fileSystem)
        let result = try runner.run(in: folder, seeds: 0..<1) { trial, reporter in
          fileSystem.fail(call)
          try reporter.epochFinished(epoch(1, 1))
          while try !reporter.shouldStop() { Thread.sleep(forTimeInterval: 0.001) }
          throw TrialInterrupted(step: 1)
        }
        #expect(result.coordinator.exitCode == .cannotWrite)
      }
      let last = try run(folder, seeds: 0..<1)
      #expect(last.summary.exitCode == .done && last.started == [0])
      #expect(try state(folder).crashes.isEmpty)
    }
  }

  /// A line that breaks while a trial runs.
  private final class BreakingLine: CoordinatorLine {
    private let hasAsked = Mutex(false)
    let groups = 1

    func poll() throws -> (group: Int, message: GroupMessage)? {
      let isFirst = hasAsked.withLock { hasAsked in
        defer { hasAsked = true }
        return !hasAsked
      }
      if isFirst { return (0, .ready) }
      throw FatalFault()
    }

    func receiveModel(from group: Int, byteCount: Int) -> [UInt8] { [] }
    func send(_ message: CoordinatorMessage, to group: Int) {}
  }

  /// Ranks that can't reach each other any more are no orderly end.
  @Test func aBrokenLineIsADeath() throws {
    try withTemporaryFolder { folder in
      let plan = StudyPlan(
        config: study("study", seeds: [0]), folder: folder, trials: queued([1]))
      for death in 1...3 {
        let coordinator = StudyCoordinator(
          plan, line: BreakingLine(), ranksPerTrial: 1, stop: StopFlag(), clock: .system)
        #expect(throws: FatalFault.self) { try coordinator.run(over: POSIXFileSystem()) }
        #expect(try state(folder).crashes[trial(0).id] ?? 0 == death - 1)
        #expect(!FolderLock.isHeld(folder))
      }
      let last = try run(folder, seeds: 0..<1)
      #expect(last.started.isEmpty && last.summary.trials.failed == 1)
    }
  }
}
