import Experiments

/// The assignment of a study's trials to groups: a state machine without a clock or messages of its
/// own. Times are seconds from any fixed start.
///
/// A free group asks with `ready`; `dispatch` gives waiting trials to groups that have asked,
/// longest first, so that no long trial runs alone at the end. A report is counted once: a second
/// one of the same trial changes nothing, and one that arrives after the trial was taken back from
/// its group still counts, because the work is done.
package struct TrialQueue: Sendable {
  package enum State: Hashable, Sendable {
    case waiting
    /// A group has trained it since the given time.
    case running(group: Int, since: Double)
    case finished
    case failed
    case skipped
    /// It was stopped before its last epoch and may be resumed.
    case stopped
  }

  /// A trial dispatched to a group, or to several that train it together.
  package struct Assignment: Hashable, Sendable {
    /// The groups, counted from 0; the first one reports.
    package let groups: [Int]
    package var group: Int { groups[0] }
    package let trial: QueuedTrial
  }

  package enum Reception: Hashable, Sendable {
    /// The first of its trial; counted.
    case accepted
    /// The trial had already ended; nothing changed.
    case duplicate
    case unknown
  }

  struct Measured: Sendable {
    /// How much of each trial was trained in this run, as a share, by index.
    var shares: [Int: Double] = [:]
    var cost = 0.0
    var seconds = 0.0
  }

  /// The trials in the given order; those added later follow.
  package private(set) var trials: [QueuedTrial]
  package let groups: Int
  package private(set) var states: [State]
  /// Counts of `states`, updated with them so that a snapshot needs no counting.
  package private(set) var counts: StudyCounts
  /// The current estimate of each trial's cost.
  private(set) var costs: [Double]
  private let isOrdered: Bool
  /// Indices of waiting trials; the next to dispatch is the last.
  package private(set) var waiting: [Int]
  /// Each trial's place in the order of dispatch, the lowest first.
  package private(set) var places: [Int]
  private var indices: [String: Int]
  /// Each group's trial, as far as known.
  package private(set) var held: [Int?]
  /// Groups that have asked and got no trial yet.
  package private(set) var asking: Set<Int> = []
  /// The progress of each trial that a group has reported.
  package private(set) var progress: [Int: TrialCourse] = [:]
  /// The share of each waiting trial that was trained before.
  private(set) var begun: [Int: Double] = [:]
  private(set) var measured = Measured()
  private var promotions = 0

  /// A queue of trials, all waiting except those that have ended.
  /// - Parameters:
  ///   - trials: with distinct ids.
  ///   - groups: at least one.
  ///   - ended: earlier endings by id; ids not in `trials` are ignored.
  ///   - begun: the share of each trial that was trained before, by id, if not 0.
  ///   - isOrdered: whether trials are dispatched in the given order, not longest first.
  package init(
    _ trials: [QueuedTrial], groups: Int, ended: [String: State] = [:],
    begun: [String: Double] = [:], isOrdered: Bool = false
  ) {
    precondition(groups > 0, "a queue for \(groups) groups")
    self.trials = trials
    self.groups = groups
    self.isOrdered = isOrdered
    costs = trials.map(\.cost)
    states = trials.map { ended[$0.id] ?? .waiting }
    counts = StudyCounts(states.map(\.trialState))
    let order =
      isOrdered ? Array(trials.indices) : Schedule.longestFirst(costs)
    waiting = order.reversed().filter { [states] in states[$0] == .waiting }
    var places = Array(repeating: 0, count: trials.count)
    for (place, index) in order.enumerated() { places[index] = place }
    self.places = places
    indices = Dictionary(
      trials.enumerated().map { ($1.id, $0) },
      uniquingKeysWith: { preconditionFailure("trial \(trials[$0].id) is queued twice, at \($1)") })
    held = Array(repeating: nil, count: groups)
    for (id, share) in begun { if let index = indices[id] { self.begun[index] = share } }
  }

  package func state(of id: String) -> State? { indices[id].map { states[$0] } }

  package func trial(_ id: String) -> QueuedTrial? { indices[id].map { trials[$0] } }

  package var isFinished: Bool { counts.left == 0 }

  /// Seconds that a trial takes on the given number of groups together; nil if groups don't join.
  package var secondsOnGroups: (@Sendable (QueuedTrial, Int) -> Double)?

  /// Whether every group is idle and has asked for a trial.
  package var isQuiet: Bool { asking.count == groups && held.allSatisfy { $0 == nil } }

  /// Adds waiting trials, in the order of costs, or after all others if the order was given.
  /// - Parameter added: trials with ids that are new to the queue.
  package mutating func add(_ added: [QueuedTrial]) {
    for trial in added {
      precondition(indices[trial.id] == nil, "trial \(trial.id) is queued twice")
      indices[trial.id] = trials.count
      waiting.insert(trials.count, at: 0)
      places.append(trials.count)
      trials.append(trial)
      costs.append(trial.cost)
      states.append(.waiting)
      counts[.waiting] += 1
    }
    if !isOrdered { order() }
  }

  private mutating func order() {
    for (place, index) in Schedule.longestFirst(costs).enumerated() { places[index] = place }
    waiting.sort { places[$0] > places[$1] }
  }

  /// Updates the trials' costs and reorders the waiting ones, unless the order was given.
  /// - Parameter cost: finite and not negative.
  package mutating func reprice(_ cost: (QueuedTrial) -> Double) {
    costs = trials.map(cost)
    measured.cost = measured.shares.reduce(0) { $0 + $1.value * costs[$1.key] }
    if !isOrdered { order() }
  }

  /// Records that a group is idle. Idempotent; takes effect once the group's last report is in.
  package mutating func ready(_ group: Int) {
    precondition(held.indices.contains(group), "group \(group) of \(groups)")
    asking.insert(group)
  }

  /// Dispatches waiting trials to the groups that have asked, until either runs out. If trials run
  /// out first, groups join as far as that lets the last trial end earlier.
  package mutating func dispatch(at time: Double) -> [Assignment] {
    guard !waiting.isEmpty, !asking.isEmpty else { return [] }
    var free = idleGroups[...]
    let next = waiting.suffix(free.count).reversed()
    var assignments: [Assignment] = []
    for (index, width) in zip(next, widths(Array(next), over: free.count)) {
      let groups = Array(free.prefix(width))
      free = free.dropFirst(width)
      waiting.removeLast()
      move(index, to: .running(group: groups[0], since: time))
      for group in groups {
        held[group] = index
        asking.remove(group)
      }
      assignments.append(Assignment(groups: groups, trial: trials[index]))
    }
    return assignments
  }

  /// Whether fewer trials wait than groups that have asked for one.
  package var isShort: Bool { waiting.count < idleGroups.count }

  /// Groups that have asked and have no trial.
  var idleGroups: [Int] { asking.sorted().filter { held[$0] == nil } }

  /// Returns the groups that work on a trial, the first one first.
  package func groups(of id: String) -> [Int] {
    guard let index = indices[id], case .running(let first, _) = states[index] else { return [] }
    return [first] + held.indices.filter { held[$0] == index && $0 != first }
  }

  /// Changes a state; no other code does.
  private mutating func move(_ index: Int, to state: State) {
    counts[states[index].trialState] -= 1
    counts[state.trialState] += 1
    states[index] = state
  }
}

/// What groups report, and what is decided about trials.
extension TrialQueue {
  package mutating func finish(_ id: String, group: Int, at time: Double) -> Reception {
    end(id, as: .finished, group: group, at: time)
  }

  package mutating func fail(_ id: String, group: Int, at time: Double) -> Reception {
    end(id, as: .failed, group: group, at: time)
  }

  /// Records that a group has trained a trial as far as it was to be for now.
  package mutating func stop(_ id: String, group: Int, at time: Double) -> Reception {
    end(id, as: .stopped, group: group, at: time)
  }

  /// Resumes a stopped trial, ahead of all waiting ones. Others are unchanged.
  package mutating func promote(_ id: String) -> Reception {
    guard let index = indices[id] else { return .unknown }
    guard states[index] == .stopped else { return .duplicate }
    promotions += 1
    places[index] = -promotions
    startWaiting(index)
    return .accepted
  }

  /// Skips a waiting trial. One that a group works on, or that has ended, is unchanged.
  package mutating func skip(_ id: String) -> Reception {
    guard let index = indices[id] else { return .unknown }
    guard states[index] == .waiting else { return .duplicate }
    stopWaiting(index)
    move(index, to: .skipped)
    return .accepted
  }

  /// Takes a group's trial back: it waits again, at its old place in the order.
  /// - Returns: the trial; nil if the group had none that was still to be done.
  @discardableResult
  package mutating func release(_ group: Int) -> QueuedTrial? {
    guard let index = held[group] else { return nil }
    letGo(index, group)
    guard case .running(group, _) = states[index] else { return nil }
    startWaiting(index)
    return trials[index]
  }

  /// Undoes the end of a trial whose result was lost: it waits again, at its old place.
  package mutating func reopen(_ id: String) {
    guard let index = indices[id], [.finished, .failed, .stopped].contains(states[index]) else {
      preconditionFailure("trial \(id) hasn't ended, so it can't be reopened")
    }
    begun[index] = nil
    startWaiting(index)
  }

  /// Records a group's progress with its trial; ignored unless the trial was last given to that
  /// group.
  /// - Parameter fraction: the share of the trial's work that is done, in [0, 1].
  package mutating func advance(_ id: String, group: Int, fraction: Double, at time: Double) {
    guard let index = indices[id], case .running(group, let since) = states[index] else { return }
    progress[index, default: TrialCourse(start: TrialCourse.Point(fraction: 0, time: since))]
      .advance(to: TrialCourse.Point(fraction: min(max(fraction, 0), 1), time: time))
  }

  /// Restarts the measurement of a trial that its group resumes from a checkpoint: earlier work
  /// says nothing of the speed. `advance` then reports the position.
  package mutating func resume(_ id: String, group: Int) {
    guard let index = indices[id], case .running(group, _) = states[index] else { return }
    progress[index] = TrialCourse(start: nil)
  }

  private mutating func end(
    _ id: String, as state: State, group: Int, at time: Double
  ) -> Reception {
    guard let index = indices[id] else { return .unknown }
    letGo(index, group)
    switch states[index] {
    case .finished, .failed, .skipped, .stopped: return .duplicate
    case .waiting: stopWaiting(index)
    case .running(group, let since):
      if state == .finished { measure(index, since: since, at: time) }
    case .running: break
    }
    move(index, to: state)
    keepShare(of: index)
    return .accepted
  }

  /// Adds the time of a trial that is done, as far as it was trained in this run.
  private mutating func measure(_ index: Int, since: Double, at time: Double) {
    let course =
      progress[index] ?? TrialCourse(start: TrialCourse.Point(fraction: 0, time: since))
    guard let start = course.start else { return }
    measured.shares[index, default: 0] += 1 - start.fraction
    measured.cost += (1 - start.fraction) * costs[index]
    measured.seconds += time - start.time
  }

  /// Keeps the progress of a trial that stopped running, since it may resume from about there.
  private mutating func keepShare(of index: Int) {
    if let last = progress.removeValue(forKey: index)?.last { begun[index] = last.fraction }
  }

  private mutating func letGo(_ index: Int, _ group: Int) {
    if case .running(group, _) = states[index] {
      for member in held.indices where held[member] == index { held[member] = nil }
    } else if held[group] == index {
      held[group] = nil
    }
  }

  private mutating func startWaiting(_ index: Int) {
    move(index, to: .waiting)
    keepShare(of: index)
    waiting.insert(index, at: waitingPosition(of: index))
  }

  private mutating func stopWaiting(_ index: Int) {
    let position = waitingPosition(of: index)
    precondition(waiting[position] == index, "trial \(index) is said to wait and doesn't")
    waiting.remove(at: position)
  }

  /// Returns a trial's position in the waiting list, by its place; places descend along the list.
  private func waitingPosition(of index: Int) -> Int {
    var low = 0
    var high = waiting.count
    while low < high {
      let middle = (low + high) / 2
      if places[waiting[middle]] > places[index] { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
