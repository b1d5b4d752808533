import DataParallel
import Health
import Testing

@Suite struct StallTests {
  private static let second: UInt64 = 1_000_000_000

  private func sign(
    _ rank: Int, _ operation: RankOperation, step: Int = 5, at time: Double, usual: Double = 0.01,
    trial: UInt64 = 7
  ) -> HeartbeatBoard.Sign {
    HeartbeatBoard.Sign(
      rank: rank, process: Int32(100 + rank), trial: trial,
      time: UInt64(time * Double(Self.second)), usual: UInt64(usual * Double(Self.second)),
      step: step, operation: operation, history: [(step, operation)])
  }

  private func stalled(
    _ signs: [HeartbeatBoard.Sign], now: Double, notBefore: Double = 0,
    stopped: [Int32: UInt64] = [:]
  ) -> [Int] {
    StallJudgement.stalled(
      signs, now: UInt64(now * Double(Self.second)),
      notBefore: UInt64(notBefore * Double(Self.second)), stoppedSince: stopped
    ).map(\.rank)
  }

  private func culprits(_ signs: [HeartbeatBoard.Sign], stopped: Set<Int32> = []) -> [Int] {
    StallJudgement.culprits(signs) { stopped.contains($0) }.map(\.rank)
  }

  @Test func patienceIsTenSecondsOrTwentySteps() {
    let quick = sign(0, .gradients, at: 100)
    let slow = sign(1, .gradients, at: 100, usual: 3)
    #expect(stalled([quick, slow], now: 109.9) == [])
    #expect(stalled([quick, slow], now: 110.1) == [0])
    #expect(stalled([quick, slow], now: 159.9) == [0])
    #expect(stalled([quick, slow], now: 160.1) == [0, 1])
  }

  @Test func whatMayTakeAnyTimeIsNoStallUnlessTheProcessIsStopped() {
    let away = sign(0, .away, at: 100)
    #expect(stalled([away], now: 1000) == [])
    #expect(stalled([away], now: 1000, stopped: [100: 995 * Self.second]) == [])
    #expect(stalled([away], now: 1000, stopped: [100: 989 * Self.second]) == [0])
    // Waiting for work beats all the time: without a beat it is one.
    #expect(stalled([sign(0, .waiting, at: 100)], now: 111) == [0])
  }

  /// Ranks in containers of their own, or where /proc is missing: nothing that the kernel says of a number is
  /// taken for news of a rank.
  @Test func aNumberNamesAProcessWhereAllShareTheNumbering() {
    #expect(HeartbeatBoard.shareProcesses([4_026_531_836, 4_026_531_836]))
    #expect(HeartbeatBoard.shareProcesses([4_026_531_836]))
    #expect(!HeartbeatBoard.shareProcesses([4_026_531_836, 4_026_532_211]))
    #expect(!HeartbeatBoard.shareProcesses([4_026_531_836, 4_026_531_836, 4_026_532_211]))
    #expect(!HeartbeatBoard.shareProcesses([0, 4_026_531_836]))
    #expect(!HeartbeatBoard.shareProcesses([0, 0]))
  }

  @Test func whoWasAsleepHimselfKnowsNothing() {
    #expect(stalled([sign(0, .update, at: 100)], now: 500, notBefore: 495) == [])
    #expect(stalled([sign(0, .update, at: 100)], now: 506, notBefore: 495) == [0])
  }

  @Test func theCulpritIsWhoHoldsUpTheOthers() {
    // Stuck in the backward pass, before the collective.
    #expect(culprits([sign(0, .exchange, at: 1), sign(1, .gradients, at: 1)]) == [1])
    // Stopped inside the same collective.
    let both = [sign(0, .exchange, at: 1), sign(1, .exchange, at: 1)]
    #expect(culprits(both, stopped: [101]) == [1])
    #expect(culprits(both) == [0, 1])
    // One collective behind.
    #expect(
      culprits([sign(0, .exchange, step: 6, at: 1), sign(1, .agreement, step: 5, at: 1)]) == [1])
    // Each trial has its own.
    #expect(
      culprits([
        sign(0, .exchange, at: 1), sign(1, .update, at: 1), sign(2, .gradients, at: 1, trial: 8),
      ]) == [1, 2])
  }

  /// All ranks wait in the same collective: whoever sleeps there doesn't wait as the others do.
  @Test func whoSleepsAmongThoseWhoWaitIsNamed() {
    let signs = (0..<3).map { sign($0, .exchange, at: 1) }
    func culprits(asleep: Set<Int32>) -> [HeartbeatBoard.Sign] {
      StallJudgement.culprits(signs, isStopped: { _ in false }, isAsleep: asleep.contains)
    }
    func report(_ culprits: [HeartbeatBoard.Sign]) -> String {
      StallJudgement.report(
        culprits: culprits, all: signs, host: "node7", now: 12 * Self.second, state: { _ in "" })
    }
    #expect(culprits(asleep: [101]).map(\.rank) == [1])
    #expect(!report(culprits(asleep: [101])).contains("wait for each other"))
    let doubt = "ranks 0, 1, 2 wait for each other: one of them is stuck in it"
    for asleep: Set<Int32> in [[], [100, 101, 102]] {
      #expect(culprits(asleep: asleep).map(\.rank) == [0, 1, 2])
      #expect(report(culprits(asleep: asleep)).contains(doubt))
    }
    // Who is awake and doesn't wait is to blame before anyone who sleeps.
    let busy = signs + [sign(3, .gradients, at: 1)]
    #expect(
      StallJudgement.culprits(busy, isStopped: { _ in false }, isAsleep: { $0 == 101 }).map(\.rank)
        == [3])
  }

  @Test func theCoordinatorAndWhoWaitsForItMayWaitForADisk() {
    let coordinator = sign(0, .leading, at: 100)
    let sender = sign(1, .reporting, at: 100)
    #expect(stalled([coordinator, sender], now: 219) == [])
    #expect(stalled([coordinator, sender], now: 221) == [0])
    #expect(stalled([sender], now: 249) == [])
    #expect(stalled([sender], now: 251) == [1])
    // Its process is stopped: the rank's own sign says so.
    let stopped: [Int32: UInt64] = [100: 100 * Self.second]
    #expect(stalled([coordinator], now: 111, stopped: stopped) == [])
    #expect(stalled([sign(0, .away, at: 100)], now: 111, stopped: stopped) == [0])
    // Whoever waits for it isn't to blame.
    #expect(culprits([sender, coordinator, sign(2, .gradients, at: 100)]) == [0])
    let text = StallJudgement.report(
      culprits: [coordinator], all: [sender, coordinator], host: "node7", now: 225 * Self.second,
      state: { _ in "waiting for a device" })
    #expect(
      text.contains("the coordinator on node7, rank 0, makes no progress: nothing for 125.0 s"))
    #expect(text.contains("process 100 waiting for a device; most likely it waits for the disk"))
    #expect(text.contains("  coordinator (process 100"))
  }

  /// Files may be slow and large: whoever reads, writes or computes isn't stuck, and those who wait for it
  /// wait on.
  @Test func filesAreWaitedForAsLongAsSomethingMoves() {
    let reader = sign(0, .files, at: 100, trial: 0)
    let waiting = sign(1, .meeting, at: 100, trial: 0)
    func stalled(_ now: Double, moved: Double? = nil) -> [Int] {
      StallJudgement.stalled(
        [reader, waiting], now: UInt64(now * Double(Self.second)), notBefore: 0,
        movedAt: moved.map { [100: UInt64($0 * Double(Self.second))] } ?? [:]
      ).map(\.rank)
    }
    #expect(stalled(699) == [])
    #expect(stalled(701) == [0, 1])
    #expect(stalled(701, moved: 650) == [])
    #expect(stalled(1249, moved: 650) == [])
    #expect(stalled(1251, moved: 650) == [0, 1])
    // But not for ever.
    #expect(stalled(100 + StallJudgement.mostForFiles + 1, moved: 21_000) == [0, 1])
    #expect(culprits([reader, waiting]) == [0])
  }

  /// The same at the coordinator's printing into a pager, which has no limit at all.
  @Test func whoMeetsOthersWaitsForThoseWithAReason() {
    let waiting = sign(1, .meeting, at: 100, trial: 0)
    #expect(stalled([waiting], now: 159) == [])
    #expect(stalled([waiting], now: 161) == [1])
    #expect(stalled([waiting, sign(0, .away, at: 100, trial: 0)], now: 10_000) == [])
    // Somebody else's reason is none.
    #expect(stalled([waiting, sign(0, .files, at: 100, trial: 8)], now: 161) == [1])
    // Stopped there it holds up all.
    let second = Self.second
    #expect(
      stalled(
        [waiting, sign(0, .files, at: 150, trial: 0)], now: 161, stopped: [101: 140 * second])
        == [1])
  }

  /// Meetings are counted, so that of those who wait the one that is behind is known.
  @Test func whoHasMetTheOthersLessOftenIsNamed() {
    let signs = [
      sign(0, .meeting, step: 4, at: 100, trial: 0), sign(1, .meeting, step: 3, at: 100, trial: 0),
      sign(2, .meeting, step: 4, at: 100, trial: 0),
    ]
    #expect(culprits(signs) == [1])
    let text = StallJudgement.report(
      culprits: [signs[1]], all: signs, host: "node7", now: 170 * Self.second,
      state: { _ in "asleep" })
    #expect(
      text.contains(
        "rank 1 on node7 makes no progress: meeting the other ranks for 70.0 s, process 101 asleep")
    )
    #expect(!text.contains("trial"))
  }

  /// On several hosts somebody elsewhere may be at its files, which can't be seen.
  @Test func meetingsOverHostsWaitForFilesElsewhere() {
    let waiting = sign(1, .meeting, at: 0, trial: 0)
    let patience = StallJudgement.patience(waiting, spansHosts: true) ?? 0
    let files = StallJudgement.patience(sign(0, .files, at: 0), spansHosts: true) ?? 0
    #expect(patience > files && files == 600)
  }

  @Test func theReportNamesRankTrialStepAndOperations() {
    let signs = [
      sign(0, .exchange, at: 100, trial: 0xab), sign(1, .gradients, at: 99, trial: 0xab),
    ]
    let text = StallJudgement.report(
      culprits: [signs[1]], all: signs, host: "node7", now: 112 * Self.second,
      state: { $0 == 101 ? "running" : "asleep" })
    for part in [
      "rank 1 on node7 makes no progress", "trial 00000000000000ab", "step 5",
      "gradients for 13.0 s",
      "process 101 running", "10.0 ms", "rank 0 (process 100, asleep, 12.0 s ago): 5 exchange",
    ] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
  }

  @Test func aHostThatIsSilentIsNamedWithItsRanks() throws {
    func word(_ number: Int) -> HostWord {
      HostWord(
        host: "node\(number)", ranks: [2 * number, 2 * number + 1],
        operations: ["  rank \(2 * number): 5 exchange"])
    }
    func time(_ seconds: Double) -> UInt64 { UInt64(seconds * Double(Self.second)) }
    var roll = HostRoll()
    #expect(roll.verdict(now: time(1000), notBefore: 0) == nil)
    for number in 1...3 { roll.hear(word(number), from: 2 * number, at: time(100)) }
    roll.hear(word(2), from: 4, at: time(104))
    #expect(roll.verdict(now: time(108.9), notBefore: 0) == nil)
    let text = try #require(roll.verdict(now: time(110), notBefore: 0))
    for part in [
      "node1, with ranks 2, 3, hasn't been heard from for 10.0 s", "node3, with ranks 6, 7,",
      "rank 6: 5 exchange", "run the same command again",
    ] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
    #expect(!text.contains("node2"))
    // Whoever has said goodbye may be silent.
    roll.leave(2)
    #expect(roll.verdict(now: time(110), notBefore: 0)?.contains("node1") == false)
    roll.leave(6)
    #expect(roll.verdict(now: time(110), notBefore: 0) == nil)
    for number in [1, 3] { roll.hear(word(number), from: 2 * number, at: time(100)) }
    // Whoever was asleep himself knows nothing.
    #expect(roll.verdict(now: time(500), notBefore: time(492)) == nil)
    #expect(roll.verdict(now: time(500), notBefore: time(490)) != nil)
  }

  /// Whoever waits where a job has several hosts waits longer, so that a lost host is named first, by
  /// those who know of it; and is told to look elsewhere.
  @Test func whoWaitsForOtherHostsIsBlamedLast() {
    let waiting = sign(0, .exchange, at: 100)
    let busy = sign(1, .gradients, at: 100)
    func stalled(_ now: Double) -> [Int] {
      StallJudgement.stalled(
        [waiting, busy], now: UInt64(now * Double(Self.second)), notBefore: 0, spansHosts: true
      ).map(\.rank)
    }
    #expect(stalled(110.1) == [1])
    #expect(stalled(113.4) == [1])
    #expect(stalled(113.6) == [0, 1])
    #expect(HostRoll.patience < StallJudgement.patience(waiting, spansHosts: true) ?? 0)
    let text = StallJudgement.report(
      culprits: [waiting], all: [waiting], host: "here", now: 114 * Self.second, spansHosts: true,
      state: { _ in "running" })
    #expect(
      text.contains(
        "rank 0 waits for others: one of them is stuck in it, or a rank on another host"))
  }
}
