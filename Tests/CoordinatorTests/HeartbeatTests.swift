import Coordinator
import DataParallel
import Experiments
import Foundation
import Health
import Support
import Synchronization
import TestSupport
import Testing

/// What the coordinator and a group that reports to it say they do, while a disk is slow.
@Suite struct HeartbeatTests {
  /// Two trials' endings, in a line that looks at the heartbeat whenever it is used.
  @Test func whoeverMayWaitForADiskSaysSo() throws {
    try withTemporaryFolder { folder in
      nonisolated(unsafe) let leading = Heartbeat()
      let seen = Mutex<Set<RankOperation>>([])
      let runner = ScriptedGroups(groups: 1) { message, group in
        guard case .run(let id, let trial, _, _, _) = message else { return [] }
        return [
          (1, group, .finished(trial: id, outcome(trial.seed), modelBytes: 3)), (1, group, .ready),
        ]
      }
      let plan = StudyPlan(
        config: study("study", seeds: [0, 1]), folder: folder, trials: queued([1, 2]),
        observer: { _, _ in _ = seen.withLock { $0.insert(leading.operation) } })
      leading.beat(.away, step: 0)
      let coordinator = StudyCoordinator(
        plan, line: runner, ranksPerTrial: 1, stop: runner.stop, heartbeat: leading,
        clock: runner.clock)
      let summary = try coordinator.run(over: POSIXFileSystem())
      #expect(summary.exitCode == .done)
      #expect(seen.withLock { $0 } == [.leading])
      #expect(leading.operation == .away)
    }
  }

  /// A line to the coordinator that notes what the group's heartbeat says at each message.
  private struct NotingLine: GroupLine {
    let end: MemoryExchange.End
    let heartbeat: Heartbeat
    let note: (String, RankOperation) -> Void

    func send(_ message: GroupMessage) throws {
      if case .finished = message { note("finished", heartbeat.operation) }
      try end.send(message)
    }

    func send(model: [UInt8]) {
      note("model", heartbeat.operation)
      end.send(model: model)
    }

    func poll() throws -> CoordinatorMessage? { try end.poll() }
  }

  @Test func aGroupThatGivesItsModelAwayReports() throws {
    let exchange = MemoryExchange(groups: 1)
    try exchange.send(.run(id: trial(1).id, trial(1), pauseAfter: nil), to: 0)
    let text =
      #"{"exitCode":0,"trials":{"done":1,"failed":0,"skipped":0,"stopped":0,"running":0,"waiting":0}}"#
    let summary = try JSONDecoder().decode(StudySummary.self, from: Data(text.utf8))
    try exchange.send(.leave(summary), to: 0)
    let heartbeat = Heartbeat()
    var notes: [String: RankOperation] = [:]
    let rank = StudyRank(
      line: NotingLine(
        end: exchange.end(of: 0), heartbeat: heartbeat, note: { notes[$0] = $1 }),
      group: SoloGroup(), heartbeat: heartbeat, clock: .system)
    _ = try rank.run(isFatal: { _ in true }) { trial, reporter in
      heartbeat.beat(.ending, step: 7)
      return try pretendToTrain(trial, reporter)
    }
    #expect(notes == ["finished": .reporting, "model": .reporting])
  }
}
