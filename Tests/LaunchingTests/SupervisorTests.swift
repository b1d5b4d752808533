import Launching
import Testing

/// Runs of a launcher as a plan has them, under a supervisor whose clock moves when nothing else does.
struct Play {
  /// What a run does: it ends with a status, in the middle of a study or before one.
  struct Run {
    var status: Int32
    var progress = 0
    var hasStudy = true
    /// The code with which the study is closed.
    var closedCode: Int32?

    static func dies(_ status: Int32, at progress: Int = 1) -> Run {
      Run(status: status, progress: progress)
    }
    static func closes(_ status: Int32, code: Int32? = nil) -> Run {
      Run(status: status, closedCode: code ?? status)
    }
    static func withoutStudy(_ status: Int32) -> Run { Run(status: status, hasStudy: false) }

    func ending(folder: String = "runs/s") -> Supervisor.Ending {
      Supervisor.Ending(
        status: status, folder: hasStudy ? folder : nil, closedCode: closedCode,
        progress: progress)
    }
  }

  private(set) var status: Int32?
  private(set) var runs = 0
  private(set) var pauses: [Int] = []
  private(set) var said: [String] = []
  /// For each run, whether failed trials are tried again in it.
  private(set) var isFirst: [Bool] = []

  init(_ supervisor: Supervisor, _ plan: [Run]) {
    var supervisor = supervisor
    var plan = plan[...]
    var time = 0.0
    var actions = supervisor.begin()
    while status == nil {
      var next: Supervisor.Event?
      for action in actions {
        switch action {
        case .start(let isFirst):
          self.isFirst.append(isFirst)
          runs += 1
          guard let run = plan.popFirst() else { return }
          next = .ended(run.ending())
        case .say(let text): said.append(text)
        case .finish(let status): self.status = status
        case .ask, .endRanks, .leaveReader, .ignoreTermination: break
        }
      }
      if status != nil { return }
      if next == nil {
        guard let deadline = supervisor.deadline else { return }
        pauses.append(Int(deadline - time))
        time = deadline
      }
      actions = supervisor.handle(next ?? .time, at: time)
    }
  }

  init(_ restarts: Int, _ plan: [Run], passing: Set<Int32> = [], asksForWords: Bool = false) {
    self.init(
      Supervisor(.study, maxRestarts: restarts, passing: passing, asksForWords: asksForWords),
      plan)
  }

  func says(_ text: String) -> Bool { said.contains { $0.contains(text) } }
}

@Suite struct SupervisorTests {
  private func expect(
    _ play: Play, _ status: Int32, runs: Int, pauses: [Int],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(play.status == status, sourceLocation: sourceLocation)
    #expect(play.runs == runs, sourceLocation: sourceLocation)
    #expect(play.pauses == pauses, sourceLocation: sourceLocation)
  }

  @Test func studiesThatEndInOrderRunOnce() {
    for status: Int32 in [0, 1, 75] {
      let play = Play(5, [.closes(status)])
      expect(play, status, runs: 1, pauses: [])
      #expect(play.said.isEmpty)
    }
  }

  @Test func deathsWithoutProgressAreCounted() {
    let play = Play(3, [.dies(137, at: 4), .dies(139, at: 4), .dies(1, at: 4), .dies(75, at: 4)])
    expect(play, 75, runs: 4, pauses: [1, 2, 4])
    #expect(
      play.said == [
        "a rank was killed (signal 9), most often because memory ran out: fewer --ranks need less",
        "restarting in 1 s (restart 1 of at most 3 without progress)",
        "a rank or mpirun ended with signal 11",
        "restarting in 2 s (restart 2 of at most 3 without progress)",
        "mpirun ended with status 1 before the study did",
        "restarting in 4 s (restart 3 of at most 3 without progress)",
        "stopped after 3 restarts without progress; run the same command again to resume",
      ])
    #expect(play.isFirst == [true, false, false, false])
    // Progress that falls is none.
    expect(
      Play(5, [.dies(137, at: 4), .dies(137, at: 4), .dies(137, at: 3), .closes(0)]), 0, runs: 4,
      pauses: [1, 2, 4])
    expect(Play(0, [.dies(137)]), 75, runs: 1, pauses: [])
  }

  @Test func progressStartsTheCountAndThePausesAgain() {
    expect(
      Play(2, (1...5).map { .dies(137, at: $0) } + [.closes(0)]), 0, runs: 6,
      pauses: [1, 1, 1, 1, 1])
    expect(
      Play(2, [1, 1, 2, 2, 2].map { .dies(137, at: $0) }), 75, runs: 5, pauses: [1, 2, 1, 2])
  }

  @Test func pausesGrowToAMinute() {
    expect(
      Play(9, (0..<8).map { _ in .dies(137) } + [.closes(0)]), 0, runs: 9,
      pauses: [1, 2, 4, 8, 16, 32, 60, 60])
  }

  @Test(arguments: [64, 65, 73] as [Int32])
  func whatNeedsTheUserIsNotTriedAgain(status: Int32) {
    expect(Play(5, [.dies(status)]), status, runs: 1, pauses: [])
    let early = Play(5, [.withoutStudy(status)])
    expect(early, status, runs: 1, pauses: [])
    #expect(early.said.isEmpty)
  }

  /// What the machine lacks in the middle of a study may be there a moment later, and then or never.
  @Test func whatTheMachineLacksIsTriedOnceMore() {
    expect(Play(5, [.dies(69), .closes(1)]), 1, runs: 2, pauses: [1])
    for second in [Play.Run.dies(69), .withoutStudy(69)] {
      let play = Play(5, [.dies(69), second])
      expect(play, 69, runs: 2, pauses: [1])
      #expect(play.says("not restarted"))
    }
    expect(Play(0, [.dies(69)]), 69, runs: 1, pauses: [])
    expect(Play(5, [.dies(137), .dies(69), .closes(0)]), 0, runs: 3, pauses: [1, 2])
    expect(
      Play(5, [.dies(69), .dies(69, at: 2), .dies(69, at: 2)]), 69, runs: 3, pauses: [1, 1])
    expect(Play(5, [.withoutStudy(69)]), 69, runs: 1, pauses: [])
    // What is left of the last run may hold the folder for a moment.
    expect(Play(5, [.dies(137), .withoutStudy(69), .closes(0)]), 0, runs: 3, pauses: [1, 2])
  }

  /// Open MPI 5 ends with 0 when it loses a host: nothing was trained.
  @Test func successWithoutAStudyIsNone() {
    expect(Play(5, [.withoutStudy(0), .closes(0)]), 0, runs: 2, pauses: [1])
    let play = Play(2, [.withoutStudy(0), .withoutStudy(0), .withoutStudy(0)])
    expect(play, 69, runs: 3, pauses: [1, 2])
    #expect(play.says("stopped after 2 restarts: no rank got as far as the study"))
    expect(Play(5, [.withoutStudy(0)], asksForWords: true), 0, runs: 1, pauses: [])
  }

  /// 213 is a wrong flag of mpirun's, 1 are places that aren't there.
  @Test(arguments: [213, 1, 127, 183, 241, 255] as [Int32])
  func whatTheLauncherRefusesItRefusesAgain(status: Int32) {
    let play = Play(5, [.withoutStudy(status)])
    expect(play, 69, runs: 1, pauses: [])
    #expect(
      play.said == [
        "mpirun ended with status \(status) before the study did",
        "no rank got as far as the study, and trying again wouldn't help: the reason is above",
      ])
  }

  @Test func aHostMayBeLostWhileTheJobStarts() {
    expect(
      Play(5, [.withoutStudy(255), .withoutStudy(1), .closes(0)], passing: [1, 255]), 0, runs: 3,
      pauses: [1, 2])
    expect(Play(1, [.withoutStudy(137), .withoutStudy(137)]), 69, runs: 2, pauses: [1])
  }

  @Test func aDeathAfterTheEndIsTold() {
    let play = Play(5, [.closes(137, code: 0)])
    expect(play, 0, runs: 1, pauses: [])
    #expect(
      play.said == [
        "the job died after the study had ended: srelu report runs/s shows its results"
      ])
  }

  // MARK: - Signals

  private func running(_ work: Supervisor.Work = .study) -> Supervisor {
    var supervisor = Supervisor(work, maxRestarts: 5)
    #expect(supervisor.begin() == [.start(isFirst: true)])
    return supervisor
  }

  private let interrupted = Supervisor.Ending(status: 75, folder: "runs/s", closedCode: 75)
  private let killed = Supervisor.Ending(status: 137, folder: "runs/s")

  @Test(arguments: [Supervisor.Signal.interrupt, .terminate, .user])
  func aSignalAsksTheRanksToStop(signal: Supervisor.Signal) {
    var supervisor = running()
    let expected: [Supervisor.Action] =
      (signal == .terminate ? [.ignoreTermination] : []) + [.ask(.user)]
    #expect(supervisor.handle(.signal(signal), at: 10) == expected)
    #expect(supervisor.isInterrupted)
    // SIGUSR1 has no limit.
    #expect(supervisor.deadline == (signal == .user ? nil : 13))
    #expect(supervisor.handle(.ended(interrupted), at: 11) == [.finish(75)])
  }

  @Test(arguments: [Supervisor.Signal.interrupt, .terminate, .user])
  func aSignalInAPauseEndsIt(signal: Supervisor.Signal) {
    var supervisor = running()
    _ = supervisor.handle(.ended(killed), at: 10)
    #expect(supervisor.deadline == 11)
    #expect(supervisor.handle(.signal(signal), at: 10.5).last == .finish(75))
    #expect(supervisor.deadline == nil)
  }

  @Test func ranksThatDoNotStopAreEnded() {
    var supervisor = running()
    _ = supervisor.handle(.signal(.terminate), at: 0)
    #expect(supervisor.handle(.time, at: 2.9) == [])
    #expect(supervisor.handle(.time, at: 3) == [.endRanks])
    #expect(supervisor.handle(.time, at: supervisor.deadline ?? 0) == [.leaveReader])
    #expect(supervisor.handle(.ended(killed), at: 4) == [.finish(75)])
  }

  @Test func aSecondInterruptEndsTheRanksAtOnce() {
    var supervisor = running()
    _ = supervisor.handle(.signal(.user), at: 0)
    #expect(supervisor.handle(.signal(.terminate), at: 1) == [])
    #expect(supervisor.handle(.signal(.interrupt), at: 1) == [.endRanks])
    #expect(supervisor.handle(.ended(killed), at: 1.1) == [.finish(75)])
  }

  @Test func aStudyThatHadEndedKeepsItsCode() {
    var supervisor = running()
    _ = supervisor.handle(.signal(.interrupt), at: 0)
    let late = Supervisor.Ending(status: 137, folder: "runs/s", closedCode: 1)
    #expect(supervisor.handle(.ended(late), at: 3) == [.finish(1)])
  }

  // MARK: - Another command

  @Test func anotherCommandRunsOnce() {
    func ends(
      _ status: Int32, pages: Set<LauncherPages.Subject> = [], isInterrupted: Bool = false
    ) -> [Supervisor.Action] {
      var supervisor = running(.command)
      if isInterrupted {
        #expect(supervisor.handle(.signal(.interrupt), at: 0) == [.ask(.terminate)])
      }
      return supervisor.handle(.ended(Supervisor.Ending(status: status, pages: pages)), at: 1)
    }
    for status: Int32 in [0, 1, 64, 65, 69, 70, 73, 75, 127] {
      #expect(ends(status) == [.finish(status)])
    }
    #expect(ends(0, pages: [.other]) == [.finish(0)])
    #expect(ends(0, pages: [.lostHost]).last == .finish(69))
    #expect(ends(1, pages: [.other]) == [.finish(69)])
    #expect(ends(213) == [.finish(69)])
    #expect(ends(137).last == .finish(137))
    #expect(ends(137).count == 2)
    #expect(ends(143, isInterrupted: true) == [.finish(75)])
    #expect(ends(0, isInterrupted: true) == [.finish(0)])
  }

  @Test func anotherCommandHearsOfSIGUSR1AndGoesOn() {
    var supervisor = running(.command)
    #expect(supervisor.handle(.signal(.user), at: 0) == [.ask(.user)])
    #expect(!supervisor.isInterrupted)
  }

  // MARK: - A launcher that stays

  @Test func aLauncherWithoutRanksIsAbandonedOnce() {
    var watch = LauncherWatch(atLeast: 1, interval: 1)
    func looks(_ ranks: Int, _ count: Int) -> [Bool] {
      (0..<count).map { _ in watch.isStuck(ranks: ranks) }
    }
    // Ranks that haven't come yet aren't missed.
    #expect(looks(0, 100) == Array(repeating: false, count: 100))
    #expect(looks(1, 1) + looks(0, 4) + looks(1, 1) == Array(repeating: false, count: 6))
    #expect(looks(0, 6) == [false, false, false, false, true, false])
  }

  /// One that is stopped after it has shut down MPI: nobody else is left to notice.
  @Test func aRankThatOutlivesTheOthersIsNoticed() {
    var watch = LauncherWatch(atLeast: 8, interval: 5)
    func looks(_ ranks: Int, _ count: Int) -> [Bool] {
      (0..<count).map { _ in watch.isStuck(ranks: ranks) }
    }
    // They come one after the other, and all stay as long as they work.
    #expect(
      (0...8).flatMap { looks($0, 1) } + looks(8, 1000) == Array(repeating: false, count: 1009))
    // They leave one after the other, the last one not.
    #expect(looks(5, 1) + looks(1, 4) == [false, false, false, false, false])
    #expect(looks(1, 2) == [true, false])
    // As long as some leave, nobody is stuck.
    watch = LauncherWatch(atLeast: 8, interval: 5)
    #expect((0...8).reversed().flatMap { looks($0, 4) }.allSatisfy { !$0 })
    // All but one have left before the first look.
    watch = LauncherWatch(atLeast: 8, interval: 5)
    #expect(looks(1, 7) == [false, false, false, false, false, true, false])
  }
}
