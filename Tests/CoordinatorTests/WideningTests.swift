import Coordinator
import DataParallel
import Experiments
import Support
import Synchronization
import TestSupport
import Testing

/// Trials that are released for other groups to join in.
@Suite struct WideningTests {
  private func plan(_ folder: String, costs: [Double]) -> StudyPlan {
    var plan = StudyPlan(
      config: study("study", seeds: (0..<costs.count).map { UInt64($0) }), folder: folder,
      trials: queued(costs))
    plan.secondsOnGroups = { $0.cost / Double($1) }
    return plan
  }

  private func progress(_ fraction: Double) -> TrialProgress {
    TrialProgress(epoch: 1, fraction: fraction, loss: 1, accuracy: 0.5, samplesPerSecond: 1)
  }

  private func finished(_ seed: UInt64, _ group: Int, after: Double) -> [ScriptedGroups.Answer] {
    [
      (after, group, .finished(trial: trial(seed).id, outcome(seed), modelBytes: 3)),
      (after, group, .ready),
    ]
  }

  /// The widths of the groups that got the trial, in order.
  private func widths(_ groups: ScriptedGroups, _ seed: UInt64) -> [Int] {
    groups.sent.compactMap { sent in
      guard case .run(trial(seed).id, _, _, let joined, _) = sent.message, joined.place == 0 else {
        return nil
      }
      return max(1, joined.groups.count)
    }
  }

  /// The long trial runs on two groups together when a third group comes free. Whichever of the two asks
  /// first, and whether before or after the trial is reported as released, all three go on with it.
  @Test(arguments: [0.001, 0.02]) func aTeamMayAskBeforeItsFirstGroupHasReported(
    memberAsksAfter: Double
  ) throws {
    try withTemporaryFolder { folder in
      let long = trial(0).id
      let width = Mutex(1)
      let groups = ScriptedGroups(groups: 3) { message, group in
        switch message {
        case .run(long, _, _, let joined, _):
          if joined.place > 0 { return joined.groups.count == 3 ? [(5, group, .ready)] : [] }
          width.withLock { $0 = max(1, joined.groups.count) }
          if joined.groups.count == 3 { return self.finished(0, group, after: 5) }
          return [(10, group, .progress(trial: long, self.progress(0.05)))]
        // The other one ends when the long one already has its second group.
        case .run: return self.finished(1, group, after: 20)
        case .yield:
          let first: [ScriptedGroups.Answer] = [
            (0.01, group, .interrupted(trial: long)), (0.01, group, .ready),
          ]
          return first + (width.withLock { $0 } > 1 ? [(memberAsksAfter, 2, .ready)] : [])
        // Only if it hangs: then it ends.
        case .stop: return [(0, group, .interrupted(trial: long)), (0, group, .ready)]
        default: return []
        }
      }
      let coordinator = StudyCoordinator(
        plan(folder, costs: [100, 50]), line: groups, ranksPerTrial: 1, stop: groups.stop,
        clock: groups.clock)
      let summary = try coordinator.run(over: POSIXFileSystem())
      #expect(summary.exitCode == .done && summary.trials.done == 2)
      #expect(widths(groups, 0) == [1, 2, 3])
      #expect(widths(groups, 1) == [1])
    }
  }
}
