import CounterRandom
import Launching
import Testing

/// Random deaths, progress, signals and times.
@Suite struct SupervisorSimulationTests {
  /// One schedule, and what is wrong with what came of it.
  private struct Simulation {
    private var random: RandomStream
    private let maxRestarts: Int
    private var supervisor: Supervisor
    private var time = 0.0
    private var isRunning = false
    private var best = 0
    /// Starts since the study last came further.
    private var starts = 0
    private var lastStatus: Int32?
    private(set) var complaint: String?
    private(set) var status: Int32?
    private(set) var runs = 0
    private(set) var wasInterrupted = false

    init(seed: UInt64) {
      random = RandomStream(seed: seed, purpose: RandomPurpose.allCases[0])
      maxRestarts = Int(random.below(4))
      supervisor = Supervisor(
        .study, maxRestarts: maxRestarts, passing: random.below(2) == 0 ? [] : [1, 255])
    }

    mutating func run() {
      var actions = supervisor.begin()
      for _ in 0..<10_000 {
        for action in actions { take(action) }
        if status != nil || complaint != nil { return }
        actions = supervisor.handle(event(), at: time)
      }
      complaint = "it never ends"
    }

    private mutating func take(_ action: Supervisor.Action) {
      if status != nil { complaint = "\(action) comes after the end" }
      switch action {
      case .start(let isFirst):
        if isRunning { complaint = "started while it runs" }
        if wasInterrupted { complaint = "started after an interruption" }
        if isFirst != (runs == 0) { complaint = "the run \(runs) is called first" }
        if let lastStatus, [64, 65, 73].contains(lastStatus) {
          complaint = "started after \(lastStatus)"
        }
        isRunning = true
        runs += 1
        starts += 1
        if starts > maxRestarts + 1 { complaint = "\(starts) starts without progress" }
      case .finish(let status):
        if isRunning { complaint = "finished while ranks run" }
        self.status = status
      case .ask, .endRanks, .leaveReader:
        if !isRunning { complaint = "\(action) without ranks" }
      case .say, .ignoreTermination: break
      }
    }

    private mutating func event() -> Supervisor.Event {
      if random.below(12) == 0 {
        wasInterrupted = true
        return .signal([.interrupt, .terminate, .user][Int(random.below(3))])
      }
      time += Double(random.below(70)) / 10
      guard isRunning, random.below(3) > 0 else { return .time }
      isRunning = false
      let statuses: [Int32] = [0, 1, 64, 65, 69, 70, 73, 75, 127, 137, 139, 213, 255]
      var ending = Supervisor.Ending(status: statuses[Int(random.below(13))])
      lastStatus = ending.status
      guard random.below(4) > 0 else { return .ended(ending) }
      ending.folder = "runs/s"
      ending.progress = best + Int(random.below(4)) / 3
      if ending.progress > best {
        best = ending.progress
        starts = 1
      }
      if random.below(8) == 0 {
        ending.closedCode = random.below(2) == 0 ? 0 : 75
        lastStatus = nil
      }
      return .ended(ending)
    }
  }

  @Test func everyScheduleEndsByTheRules() {
    var runs = 0
    var endings: [Int32: Int] = [:]
    var interruptions = 0
    for seed in 0..<20_000 as Range<UInt64> {
      var simulation = Simulation(seed: seed)
      simulation.run()
      runs += simulation.runs
      if simulation.wasInterrupted { interruptions += 1 }
      endings[simulation.status ?? -1, default: 0] += 1
      guard let complaint = simulation.complaint else { continue }
      Issue.record("seed \(seed): \(complaint)")
      return
    }
    // Schedules in which nothing happens would prove nothing.
    #expect(runs > 30_000 && interruptions > 1_000)
    #expect(endings.keys.sorted() == [0, 64, 65, 69, 73, 75])
    #expect(endings.values.allSatisfy { $0 > 100 })
  }
}
