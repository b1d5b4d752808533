import Coordinator
import Experiments
import Storage

/// A study on groups whose messages take their time, come twice, and are lost when the job dies,
/// under a clock of its own: the queue as the coordinator uses it, and the journal as all that
/// outlives the coordinator. Some studies stop trials early and take them up again, some are a search that
/// proposes its trials one by one, disks fill up, and what failed is tried again in another call.
/// Everything follows from the seed.
struct StudySimulation {
  /// What a trial does whenever it is trained.
  enum Fate { case finishes, fails, kills }

  enum Message {
    case ready
    case ended(Int)
    case paused(Int)
    case interrupted(Int)
    /// The job dies: not a message, but it comes like one.
    case death
  }

  struct Event {
    var time: Double
    var number: Int
    var group: Int
    var message: Message
  }

  static let crashLimit = 3
  static let eventLimit = 4000
  static let pool = (0..<8).map { trial(UInt64($0)) }
  static let ids = pool.map(\.id)
  static let finished = pool.enumerated().map { TrialSummary($1, outcome(UInt64($0))) }
  static let failed = pool.map { TrialSummary($0, status: .failed, reason: "it does") }
  static let stopped = pool.map { TrialSummary($0, status: .stopped, reason: "a rung") }
  static let opened = StudyEvent.opened(
    study: "s", digest: "d", trials: 0, groups: 1, ranksPerTrial: 1)

  var generator: SeededGenerator
  var fates: [Fate]
  /// For each trial, its rungs, and whether it goes on from there.
  let rungs: [[Bool]]
  let trials: [QueuedTrial]
  /// How many of the trials the study has when it begins; the others are proposed later.
  let knownFirst: Int
  let groups: Int
  var queue: TrialQueue
  var disk = JournalState()
  var events: [Event] = []
  var numbers = 0
  var time = 0.0
  /// When each group's last message arrives: those of one group keep their order.
  var lastArrivals: [Double]
  /// Steps in the last checkpoint of each trial.
  var saved: [Int]
  var deathsLeft: Int
  var fullDisksLeft: Int
  /// Calls of the command that come after this one, and try again what failed.
  var callsLeft: Int
  /// How often each trial has to end: once, and once more for each retry.
  var endingsDue: [Int]
  /// How often each trial was written down as ended.
  var endings: [Int]
  var crashesSeen: [Int]
  /// What went wrong, if anything did.
  var complaint: String?
  private(set) var deaths = 0
  private(set) var duplicates = 0
  var promotions = 0
  private(set) var proposals = 0
  private(set) var fullDisks = 0
  private(set) var retries = 0

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
    let halves = Int.random(in: 0..<3, using: &generator) == 0
    rungs = (0..<count).map { _ in
      (0..<(halves ? Int.random(in: 0...2, using: &generator) : 0)).map { _ in
        Bool.random(using: &generator)
      }
    }
    knownFirst = Int.random(in: 0..<3, using: &generator) == 0 ? 0 : count
    queue = TrialQueue(trials, groups: groups)
    deathsLeft = Int.random(in: 0...6, using: &generator)
    fullDisksLeft = Int.random(in: 0...2, using: &generator)
    callsLeft = Int.random(in: 0...2, using: &generator)
    endingsDue = Array(repeating: 1, count: count)
    lastArrivals = Array(repeating: 0, count: groups)
    saved = Array(repeating: 0, count: count)
    endings = Array(repeating: 0, count: count)
    crashesSeen = Array(repeating: 0, count: count)
    self.generator = generator
  }

  /// Runs the study to its end, through all restarts.
  mutating func run() {
    runOnce()
    while complaint == nil, callsLeft > 0 {
      callsLeft -= 1
      guard retryFailed() else { continue }
      runOnce()
    }
  }

  mutating func runOnce() {
    start()
    var left = Self.eventLimit
    while complaint == nil, !(queue.isQuiet && queue.isFinished && known == trials.count) {
      left -= 1
      guard left > 0 else { return complain("no end after \(Self.eventLimit) events") }
      guard let event = nextEvent() else { return complain("nothing happens any more") }
      time = event.time
      take(event)
      check()
    }
    if complaint == nil { checkEnd() }
  }

  /// What a new call finds failed it tries again, some of it with success.
  mutating func retryFailed() -> Bool {
    let failed = disk.trials(.failed)
    for (index, id) in Self.ids.enumerated() where failed.contains(id) {
      disk.apply(.retried(trial: id))
      retries += 1
      endingsDue[index] += 1
      crashesSeen[index] = 0
      saved[index] = 0
      if Bool.random(using: &generator) { fates[index] = .finishes }
    }
    deathsLeft += failed.isEmpty ? 0 : Int.random(in: 0...2, using: &generator)
    return !failed.isEmpty
  }

  // MARK: - The world

  mutating func start() {
    events = []
    lastArrivals = Array(repeating: time, count: groups)
    disk.apply(Self.opened)
    var ended: [String: TrialQueue.State] = [:]
    for id in disk.trials(.finished) { ended[id] = .finished }
    for id in disk.trials(.failed) { ended[id] = .failed }
    for id in disk.trials(.stopped) { ended[id] = .stopped }
    queue = TrialQueue(
      Array(trials[..<known]), groups: groups, ended: ended,
      isOrdered: rungs.contains { !$0.isEmpty })
    for index in 0..<known where goesOn(index) { _ = queue.promote(trials[index].id) }
    for (index, trial) in trials.enumerated() where queue.state(of: trial.id) == .waiting {
      crashesSeen[index] = disk.crashes[trial.id] ?? 0
      guard crashesSeen[index] >= Self.crashLimit else { continue }
      _ = queue.fail(trial.id, group: 0, at: time)
      write(index, Self.failed[index])
    }
    for group in 0..<groups { send(.ready, from: group, after: delay()) }
  }

  mutating func die() {
    deaths += 1
    for index in saved.indices where Bool.random(using: &generator) {
      saved[index] += fates[index] == .kills ? 0 : 1
    }
    time += 1
    start()
  }

  /// The disk is full: the coordinator gives up and ends in order, without a word in the journal. The
  /// next one sees that it didn't die.
  mutating func giveUp() {
    fullDisks += 1
    for id in disk.running.keys.sorted() { disk.apply(.interrupted(trial: id)) }
    time += 1
    start()
  }

  mutating func send(_ message: Message, from group: Int, after delay: Double) {
    let arrival = max(time + delay, lastArrivals[group])
    lastArrivals[group] = arrival
    numbers += 1
    events.append(Event(time: arrival, number: numbers, group: group, message: message))
  }

  mutating func nextEvent() -> Event? {
    guard
      let index = events.indices.min(by: {
        (events[$0].time, events[$0].number) < (events[$1].time, events[$1].number)
      })
    else { return nil }
    return events.remove(at: index)
  }

  mutating func delay() -> Double { Double.random(in: 0...1, using: &generator) }

  mutating func chance(_ share: Int) -> Bool {
    Int.random(in: 0..<share, using: &generator) == 0
  }

  // MARK: - The coordinator

  /// Trials that the study has, by the journal.
  var known: Int { knownFirst + (disk.proposals["s"]?.count ?? 0) }

  mutating func take(_ event: Event) {
    if deathsLeft > 0, chance(12) {
      deathsLeft -= 1
      return die()
    }
    switch event.message {
    case .death: return die()
    case .ready: queue.ready(event.group)
    case .interrupted(let index):
      if queue.release(event.group) != nil { disk.apply(.interrupted(trial: trials[index].id)) }
    case .paused(let index): pause(index, event.group)
    case .ended(let index): end(index, event.group)
    }
    // The coordinator may die with a proposal that nobody trains yet, or that it hasn't written down.
    while known < trials.count, queue.isShort {
      if deathsLeft > 0, chance(10) {
        deathsLeft -= 1
        return die()
      }
      proposals += 1
      disk.apply(.proposed(SearchProposal(search: "s", index: known - knownFirst, values: [:])))
      queue.add([trials[known - 1]])
    }
    for assignment in queue.dispatch(at: time) {
      guard let index = Self.ids.firstIndex(of: assignment.trial.id) else { return }
      disk.apply(.started(trial: assignment.trial.id, group: assignment.group))
      if saved[index] > 0 {
        disk.apply(.resumed(trial: assignment.trial.id, step: saved[index], epoch: 0))
      }
      work(index, assignment.group)
    }
  }

  /// What a group sends while it has a trial.
  mutating func work(_ index: Int, _ group: Int) {
    let duration = 3 * delay()
    if fates[index] == .kills { return send(.death, from: group, after: duration) }
    if chance(10) {
      send(.interrupted(index), from: group, after: duration)
    } else if rungsPassed(index) < rungs[index].count {
      send(.paused(index), from: group, after: duration)
    } else {
      send(.ended(index), from: group, after: duration)
      if chance(8) { send(.ended(index), from: group, after: 0) }
    }
    send(.ready, from: group, after: 0)
    if chance(8) { send(.ready, from: group, after: delay()) }
  }

  mutating func end(_ index: Int, _ group: Int) {
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
    if isDiskFull() {
      queue.reopen(trials[index].id)
      if let broken = queue.brokenInvariants.first { complain(broken) }
      return giveUp()
    }
    write(index, fails ? Self.failed[index] : Self.finished[index])
  }

  mutating func isDiskFull() -> Bool {
    guard fullDisksLeft > 0, chance(8) else { return false }
    fullDisksLeft -= 1
    return true
  }

  mutating func write(_ index: Int, _ summary: TrialSummary) {
    disk.apply(.ended(summary))
    endings[index] += 1
  }
}
