import Coordinator
import DataParallel
import Experiments
import Foundation
import Synchronization
import Testing

/// What a run finds that comes after one that died, was interrupted, or ran into a full disk.
@Suite struct RestartTests {
  private func isStart(of seed: UInt64) -> @Sendable (StudyEvent) -> Bool {
    { event in
      if case .trialStarted(let trial, _) = event { trial.trial.seed == seed } else { false }
    }
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
    let started = runner.log.counts { event in
      if case .trialStarted(let trial, _) = event { trial } else { nil }
    }
    return (result.leader, Set(started.keys))
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

  /// What fails in its retry has failed; only a new call tries it again.
  @Test func aRetryThatFailsIsNotRepeatedByARestart() throws {
    try withTemporaryFolder { parent in
      let (folder, copy) = ("\(parent)/run", "\(parent)/copy")
      _ = try run(folder, failing: [1, 2])
      _ = try run(folder, failing: [2], death: (copy, isStart(of: 1)))
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
      #expect(result.leader.exitCode == .done && result.leader.trials.done == 3)
      #expect(!FileManager.default.fileExists(atPath: checkpoint))
    }
  }
}
