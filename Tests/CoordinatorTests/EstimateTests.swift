import Coordinator
import DataParallel
import Experiments
import Support
import Synchronization
import TestSupport
import Testing

/// Estimates over trials that go on from a checkpoint.
@Suite struct ResumedEstimateTests {
  /// A tenth was left when it went on, and half of that took 10 s.
  @Test func onlyWhatThisRunDidCountsForTheTimeLeft() throws {
    try withTemporaryFolder { folder in
      let id = trial(0).id
      func progress(_ fraction: Double) -> GroupMessage {
        .progress(
          trial: id,
          TrialProgress(epoch: 1, fraction: fraction, loss: 1, accuracy: 0.5, samplesPerSecond: 1))
      }
      let messages = [progress(0.9), progress(0.95)]
      let groups = ScriptedGroups(groups: 1) { message, group in
        guard case .run = message else { return [] }
        return [
          (1, group, .resumed(trial: id, step: 90, epochs: [])), (1, group, messages[0]),
          (11, group, messages[1]),
          (21, group, .finished(trial: id, outcome(0), modelBytes: 3)), (21, group, .ready),
        ]
      }
      let left = Mutex<[Double?]>([])
      let plan = StudyPlan(
        config: study("study", seeds: [0]), folder: folder, trials: queued([8]),
        observer: { event, snapshot in
          if case .progress = event { left.withLock { $0.append(snapshot.secondsLeft) } }
        })
      let coordinator = StudyCoordinator(
        plan, line: groups, ranksPerTrial: 1, stop: groups.stop, clock: groups.clock)
      let summary = try coordinator.run(over: POSIXFileSystem())
      #expect(summary.exitCode == .done)
      let told = try #require(left.withLock { $0.last } ?? nil)
      #expect(abs(told - 10) < 0.1, "\(told) s left")
    }
  }
}
