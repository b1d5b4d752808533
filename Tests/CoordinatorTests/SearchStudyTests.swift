import Coordinator
import DataParallel
import Experiments
import Foundation
import Storage
import Support
import Synchronization
import TestSupport
import Testing

/// A search over groups that pretend to train: who is stopped and who goes on, also across restarts.
@Suite struct SearchStudyTests {
  private static let count = 27

  private func config(method: String = "asha") throws -> StudyConfig {
    try StudyConfig(
      yaml: """
        name: search
        datasets: [wdbc]
        architectures: [ffnn]
        activations: [relu, srelu]
        training: {epochs: {wdbc: 9}}
        search:
          method: \(method)
          trials: \(Self.count)
          parameters:
            activations.srelu.beta: {log-uniform: [0.01, 1.0]}
        """, file: "search.yaml", baseDirectory: "/")
  }

  /// The loss falls with β, and a little with every epoch.
  private static func loss(_ trial: Trial, _ epoch: Int) -> Double {
    10 - (trial.activation.parameters["beta"] ?? 0) - Double(epoch) / 1000
  }

  /// Trains on from what was trained before, as from a checkpoint, up to the pause.
  private final class Memory: Sendable {
    let epochs = Mutex<[String: Int]>([:])
    let trained = Mutex(0)

    @Sendable func train(_ trial: Trial, _ reporter: TrialReporter) throws -> TrainedTrial {
      let done = epochs.withLock { $0[trial.id] ?? 0 }
      func record(_ epoch: Int) -> EpochRecord {
        EpochRecord(
          epoch: epoch, trainLoss: 1, trainAccuracy: 0.5,
          testLoss: SearchStudyTests.loss(trial, epoch), testAccuracy: 0.5, seconds: 0)
      }
      var state = TrainingState(trial: trial.id)
      state.step = done
      state.records = (0..<done).map { record($0 + 1) }
      if done > 0 { try reporter.resumed(state) }
      let last = reporter.pauseAfter ?? trial.training.epochs
      for epoch in (done + 1)..<(max(done, last) + 1) {
        if try reporter.shouldStop() { throw TrialInterrupted(step: epoch) }
        try reporter.epochFinished(record(epoch))
        epochs.withLock { $0[trial.id] = epoch }
        trained.withLock { $0 += 1 }
      }
      if last < trial.training.epochs { throw TrialPaused(record: record(last)) }
      var result = outcome(0)
      result.epochs = (1...last).map(record)
      return TrainedTrial(outcome: result, model: [])
    }
  }

  private func run(
    _ folder: String, _ memory: Memory, groups: Int, stopAfter: Int? = nil, halves: Bool = true
  ) throws -> StudySummary {
    let config = try config(method: halves ? "asha" : "random")
    let stop = StopFlag()
    let seen = Mutex(0)
    let plan = StudyPlan(
      config: config, folder: folder,
      trials: config.trials.map { QueuedTrial($0, cost: 1) },
      observer: { event, _ in
        guard event.trial(endedAs: .stopped) != nil else { return }
        let count = seen.withLock { seen in
          seen += 1
          return seen
        }
        if count == stopAfter { stop.request() }
      })
    let exchange = MemoryExchange(groups: groups)
    return try runInThreads(plan, on: exchange, stop: stop, train: memory.train).coordinator
  }

  /// How each trial ended: its status and its number of epochs.
  private func endings(_ folder: String) throws -> [String: [String]] {
    let state = JournalState.replay(
      try JournalContents(contentsOf: "\(folder)/journal.jsonl").records)
    return state.endings.mapValues {
      [$0.status.rawValue, String(state.epochs[$0.id]?.count ?? 0)]
    }
  }

  @Test(arguments: [1, 4]) func theBestGoOnAndTheRestIsStopped(groups: Int) throws {
    try withTemporaryFolder { folder in
      let summary = try run(folder, Memory(), groups: groups)
      #expect(summary.exitCode == .done && summary.trials.left == 0)
      let found = try endings(folder)
      #expect(found.count == Self.count + 1)
      // ReLU is no part of the search; of 27, at the most a third goes on at each of two rungs, and
      // at the least a third of those, because each comparison is with those that came before.
      #expect(found[try config().searchedTrials[0].trial.id] == ["finished", "9"])
      let finished = found.values.count { $0[0] == "finished" } - 1
      #expect((1...9).contains(finished), "\(finished) finished")
      #expect(found.values.allSatisfy { $0[0] == "finished" || ["1", "3"].contains($0[1]) })
      // The best one overall is never stopped.
      let best = try config().searchedTrials.max {
        ($0.trial.activation.parameters["beta"] ?? 0)
          < ($1.trial.activation.parameters["beta"] ?? 0)
      }
      #expect(found[best?.trial.id ?? ""] == ["finished", "9"])
    }
  }

  /// Interrupted after any number of stops and run again, one group ends as if undisturbed.
  @Test func aSearchGoesOnWhereItWasInterrupted() throws {
    let memory = Memory()
    let expected = try withTemporaryFolder { folder in
      _ = try run(folder, memory, groups: 1)
      return try endings(folder)
    }
    let epochs = memory.trained.withLock { $0 }
    for stopAfter in [1, 2, 5, 13] {
      try withTemporaryFolder { folder in
        let memory = Memory()
        var runs = 0
        repeat {
          runs += 1
          _ = try run(folder, memory, groups: 1, stopAfter: stopAfter)
        } while try JournalContents(contentsOf: "\(folder)/journal.jsonl").records.last.map {
          if case .closed(75, _, _) = $0.event { return true }
          return false
        } == true && runs < 100
        #expect(runs > 1)
        #expect(try endings(folder) == expected, "stopped after \(stopAfter)")
        // Nothing was trained twice.
        #expect(memory.trained.withLock { $0 } == epochs)
      }
    }
  }

  /// The same trials without early stopping: those that were stopped go on to their end.
  @Test func aPlainSearchTakesUpWhatWasStopped() throws {
    let (halved, plain) = (try config().trials, try config(method: "random").trials)
    try #require(halved == plain)
    try withTemporaryFolder { folder in
      let memory = Memory()
      _ = try run(folder, memory, groups: 2)
      #expect(try endings(folder).values.contains { $0[0] == "stopped" })
      let summary = try run(folder, memory, groups: 2, halves: false)
      #expect(summary.exitCode == .done && summary.trials.stopped == 0)
      #expect(try endings(folder).values.allSatisfy { $0 == ["finished", "9"] })
      // From where they were.
      #expect(memory.trained.withLock { $0 } == 9 * plain.count)
    }
  }
}
