import Coordinator
import DataParallel
import Experiments
import Support
import TestSupport
import Testing

/// Ranks of different builds may say what the other side doesn't know: an error, which ends the job with
/// its text.
@Suite struct ProtocolTests {
  @Test func unreadableMessages() {
    for bytes: [UInt8] in [[], Array("{}".utf8), Array(#"{"reday":{}}"#.utf8), [0xff, 0x00]] {
      #expect(throws: ProtocolError.self) { try MessageCoding.decode(GroupMessage.self, bytes) }
      #expect(throws: ProtocolError.self) {
        try MessageCoding.decode(CoordinatorMessage.self, bytes)
      }
    }
    let error = #expect(throws: ProtocolError.self) {
      try MessageCoding.decode(CoordinatorMessage.self, [1, 2, 3])
    }
    #expect(error?.description.contains("same build of the program") == true)
    #expect(error?.exitCode == .environment)
  }

  @Test func aTrialThatTheStudyDoesNotHave() throws {
    try withTemporaryFolder { folder in
      let reports: [GroupMessage] = [
        .progress(
          trial: "there",
          TrialProgress(epoch: 1, fraction: 0.5, loss: 1, accuracy: 0.5, samplesPerSecond: 1)),
        .epochFinished(trial: "there", outcome(1).epochs[0]),
        .failed(trial: "there", reason: "none", seconds: 1),
        .paused(trial: "there", seconds: 1), .interrupted(trial: "there"),
        .resumed(trial: "there", step: 1, epochs: []), .note(trial: "there", text: "here"),
      ]
      for report in reports {
        let exchange = MemoryExchange(groups: 1)
        try exchange.end(of: 0).send(report)
        let plan = StudyPlan(
          config: study("study", seeds: [0]), folder: folder, trials: queued([1]))
        let coordinator = StudyCoordinator(
          plan, line: exchange, ranksPerTrial: 1, stop: StopFlag(), clock: .system)
        #expect(throws: ProtocolError.self, "\(report)") {
          try coordinator.run(over: POSIXFileSystem())
        }
      }
    }
  }

  @Test func aGroupThatTrainsIsGivenSomethingElse() throws {
    let exchange = MemoryExchange(groups: 1)
    let run = CoordinatorMessage.run(id: trial(1).id, trial(1), pauseAfter: nil)
    for _ in 0..<2 { try exchange.send(run, to: 0) }
    let rank = StudyRank(line: exchange.end(of: 0), group: SoloGroup(), clock: .system)
    #expect(throws: ProtocolError.self) {
      try rank.run(isFatal: { $0 is ProtocolError }) { _, reporter in
        while try !reporter.shouldStop() {}
        throw TrialInterrupted(step: 1)
      }
    }
  }

  @Test func aGroupThatCannotJoinOthersIsToJoinThem() throws {
    let exchange = MemoryExchange(groups: 1)
    let joined = JoinedGroups(groups: [0, 1], place: 0)
    try exchange.send(.run(id: trial(1).id, trial(1), pauseAfter: nil, joined: joined), to: 0)
    let rank = StudyRank(line: exchange.end(of: 0), group: SoloGroup(), clock: .system)
    #expect(throws: ProtocolError.self) {
      try rank.run(isFatal: { _ in true }) { _, _ in throw FatalFault() }
    }
  }
}
