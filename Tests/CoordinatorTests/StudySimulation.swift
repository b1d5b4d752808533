import Coordinator
import Experiments

/// A study on groups whose messages take their time, come twice, and are lost when the job dies,
/// under a clock of its own: the queue as the coordinator uses it, and the journal as all that
/// outlives the coordinator. Everything follows from the seed.
struct StudySimulation {
  /// What a trial does whenever it is trained.
  enum Fate { case finishes, fails, kills }

  private enum Message {
    case ready
    case ended(Int)
    case interrupted(Int)
    /// The job dies: not a message, but it comes like one.
    case death
  }

  private struct Event {
    var time: Double
    var number: Int
    var group: Int
    var message: Message
  }

  static let crashLimit = 3
  private static let eventLimit = 4000
  private static let pool = (0..<8).map { trial(UInt64($0)) }
  private static let ids = pool.map(\.id)
  private static let finished = pool.enumerated().map { TrialSummary($1, outcome(UInt64($0))) }
  private static let failed = pool.map { TrialSummary($0, status: .failed, reason: "it does") }
  private static let opened = JournalEvent.opened(
    study: "s", digest: "d", trials: 0, groups: 1, ranksPerTrial: 1)

  private var generator: SeededGenerator
  private let fates: [Fate]
  private let trials: [QueuedTrial]
  private let groups: Int
  private var queue: TrialQueue
  private var disk = JournalState()
  private var events: [Event] = []
  private var numbers = 0
  private var time = 0.0
  /// When each group's last message arrives: those of one group keep their order.
  private var lastArrivals: [Double]
  /// Steps in the last checkpoint of each trial.
  private var saved: [Int]
  private var deathsLeft: Int
  /// How often each trial was written down as ended.
  private var endings: [Int]
  private var crashesSeen: [Int]
  /// What went wrong, if anything did.
  private(set) var complaint: String?
  private(set) var deaths = 0
  private(set) var duplicates = 0

  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...8, using: &generator)
    groups = Int.random(in: 1...4, using: &generator)
    fates = (0..<count).map { _ in
      switch Int.random(in: 0..<12, using: &generator) {
      case 0: .fails
      case 1: .kills
      default: .finishes
      }
    }
    trials = (0..<count).map { index in
      QueuedTrial(
        id: Self.ids[index], label: "", cost: Double(Int.random(in: 0...4, using: &generator)),
        trial: Self.pool[index])
    }
    queue = TrialQueue(trials, groups: groups)
    deathsLeft = Int.random(in: 0...6, using: &generator)
    lastArrivals = Array(repeating: 0, count: groups)
    saved = Array(repeating: 0, count: count)
    endings = Array(repeating: 0, count: count)
    crashesSeen = Array(repeating: 0, count: count)
    self.generator = generator
  }

  /// Runs the study to its end, through all restarts.
  mutating func run() {
    start()
    var left = Self.eventLimit
    while complaint == nil, !(queue.isQuiet && queue.isFinished) {
      left -= 1
      guard left > 0 else { return complain("no end after \(Self.eventLimit) events") }
      guard let event = nextEvent() else { return complain("nothing happens any more") }
      time = event.time
      take(event)
      check()
    }
    if complaint == nil { checkEnd() }
  }

  // MARK: - The world

  private mutating func start() {
    events = []
    lastArrivals = Array(repeating: time, count: groups)
    disk.apply(Self.opened)
    var ended: [String: TrialQueue.State] = [:]
    for id in disk.trials(.finished) { ended[id] = .done }
    for id in disk.trials(.failed) { ended[id] = .failed }
    queue = TrialQueue(trials, groups: groups, ended: ended)
    for (index, trial) in trials.enumerated() where queue.state(of: trial.id) == .waiting {
      crashesSeen[index] = disk.crashes[trial.id] ?? 0
      guard crashesSeen[index] >= Self.crashLimit else { continue }
      _ = queue.fail(trial.id, group: 0, at: time)
      write(index, Self.failed[index])
    }
    for group in 0..<groups { send(.ready, from: group, after: delay()) }
  }

  private mutating func die() {
    deaths += 1
    for index in saved.indices where Bool.random(using: &generator) {
      saved[index] += fates[index] == .kills ? 0 : 1
    }
    time += 1
    start()
  }

  private mutating func send(_ message: Message, from group: Int, after delay: Double) {
    let arrival = max(time + delay, lastArrivals[group])
    lastArrivals[group] = arrival
    numbers += 1
    events.append(Event(time: arrival, number: numbers, group: group, message: message))
  }

  private mutating func nextEvent() -> Event? {
    guard
      let index = events.indices.min(by: {
        (events[$0].time, events[$0].number) < (events[$1].time, events[$1].number)
      })
    else { return nil }
    return events.remove(at: index)
  }

  private mutating func delay() -> Double { Double.random(in: 0...1, using: &generator) }

  private mutating func chance(_ share: Int) -> Bool {
    Int.random(in: 0..<share, using: &generator) == 0
  }

  // MARK: - The coordinator

  private mutating func take(_ event: Event) {
    if deathsLeft > 0, chance(12) {
      deathsLeft -= 1
      return die()
    }
    switch event.message {
    case .death: return die()
    case .ready: queue.ready(event.group)
    case .interrupted(let index):
      if queue.release(event.group) != nil { disk.apply(.interrupted(trial: trials[index].id)) }
    case .ended(let index): end(index, event.group)
    }
    for handOut in queue.handOut(at: time) {
      guard let index = Self.ids.firstIndex(of: handOut.trial.id) else { return }
      disk.apply(.started(trial: handOut.trial.id, group: handOut.group))
      if saved[index] > 0 {
        disk.apply(.resumed(trial: handOut.trial.id, step: saved[index], epoch: 0))
      }
      work(index, handOut.group)
    }
  }

  /// What a group sends while it has a trial.
  private mutating func work(_ index: Int, _ group: Int) {
    let duration = 3 * delay()
    if fates[index] == .kills { return send(.death, from: group, after: duration) }
    if chance(10) {
      send(.interrupted(index), from: group, after: duration)
    } else {
      send(.ended(index), from: group, after: duration)
      if chance(8) { send(.ended(index), from: group, after: 0) }
    }
    send(.ready, from: group, after: 0)
    if chance(8) { send(.ready, from: group, after: delay()) }
  }

  private mutating func end(_ index: Int, _ group: Int) {
    let fails = fates[index] == .fails
    let reception =
      fails
      ? queue.fail(trials[index].id, group: group, at: time)
      : queue.finish(trials[index].id, group: group, at: time)
    guard reception == .accepted else {
      duplicates += 1
      return
    }
    // The coordinator may die before it has written that down: then it never happened.
    if deathsLeft > 0, chance(10) {
      deathsLeft -= 1
      return die()
    }
    write(index, fails ? Self.failed[index] : Self.finished[index])
  }

  private mutating func write(_ index: Int, _ summary: TrialSummary) {
    disk.apply(.ended(summary))
    endings[index] += 1
  }

  // MARK: - What must hold

  private mutating func complain(_ text: String) { complaint = complaint ?? text }

  private mutating func check() {
    if queue.hasIdleGroupWhileTrialsWait { complain("a group is idle while a trial waits") }
    if let broken = queue.brokenInvariants.first { complain(broken) }
    for (index, trial) in trials.enumerated() {
      let isOnDisk = disk.endings[trial.id] != nil
      let isEnded = queue.state(of: trial.id)?.isFinal == true
      if isEnded != isOnDisk {
        complain("trial \(index) is ended: \(isEnded), on disk: \(isOnDisk)")
      }
    }
  }

  private mutating func checkEnd() {
    for (index, trial) in trials.enumerated() {
      if endings[index] != 1 { complain("trial \(index) ended \(endings[index]) times") }
      let status = disk.endings[trial.id]?.status
      let isBlamed = crashesSeen[index] >= Self.crashLimit
      let expected: TrialStatus = fates[index] == .finishes && !isBlamed ? .finished : .failed
      if status != expected { complain("trial \(index) is \(String(describing: status))") }
      if fates[index] == .kills, !isBlamed { complain("trial \(index) failed before its time") }
    }
  }
}
