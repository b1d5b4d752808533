import Experiments

/// The assignment of a study's trials to groups: a state machine without a clock or messages of its
/// own. Times are seconds from any fixed start.
///
/// A free group asks with `ready`; `handOut` dispatches waiting trials to groups that have asked,
/// longest first, so that no long trial runs alone at the end. A report is counted once: a second
/// one of the same trial changes nothing, and one that arrives after the trial was taken back from
/// its group still counts, because the work is done.
public struct TrialQueue: Sendable {
  /// The state of a trial.
  public enum State: Hashable, Sendable {
    case waiting
    /// A group has trained it since the given time.
    case running(group: Int, since: Double)
    case finished
    case failed
    case skipped
    /// It was stopped before its last epoch and may be resumed.
    case stopped

    /// Whether no group is to work on it, as far as known.
    public var isFinal: Bool {
      switch self {
      case .waiting, .running: false
      case .finished, .failed, .skipped, .stopped: true
      }
    }
  }

  /// A trial dispatched to a group, or to several that train it together.
  public struct HandOut: Hashable, Sendable {
    /// The groups, counted from 0; the first one reports.
    public let groups: [Int]
    /// The first group.
    public var group: Int { groups[0] }
    /// The trial.
    public let trial: QueuedTrial
  }

  /// The outcome of a report.
  public enum Reception: Hashable, Sendable {
    /// The first of its trial; counted.
    case accepted
    /// The trial had already ended; nothing changed.
    case duplicate
    /// Unknown trial; nothing changed.
    case unknown
  }

  struct Measured: Sendable {
    /// How much of each trial was trained in this run, as a share, by index.
    var shares: [Int: Double] = [:]
    var cost = 0.0
    var seconds = 0.0
  }

  /// The trials in the given order; those added later follow.
  public private(set) var trials: [QueuedTrial]
  /// Number of groups.
  public let groups: Int
  private(set) package var states: [State]
  /// Counts of `states`, updated with them so that a snapshot needs no counting.
  private(set) package var tally: StudyCounts
  /// The current estimate of each trial's cost.
  private(set) var costs: [Double]
  private let isOrdered: Bool
  /// Indices of waiting trials; the next to dispatch is the last.
  package internal(set) var waiting: [Int]
  /// Each trial's place in the order of dispatch, the lowest first.
  package internal(set) var places: [Int]
  private(set) var indices: [String: Int]
  /// Each group's trial, as far as known.
  package internal(set) var held: [Int?]
  /// Groups that have asked and got no trial yet.
  package internal(set) var asking: Set<Int> = []
  /// The progress of each trial that a group has reported.
  package internal(set) var progress: [Int: TrialCourse] = [:]
  /// The share of each waiting trial that was trained before.
  var begun: [Int: Double] = [:]
  var measured = Measured()
  var promotions = 0

  /// A queue of trials, all waiting except those that have ended.
  /// - Parameters:
  ///   - trials: with distinct ids.
  ///   - groups: at least one.
  ///   - ended: earlier endings by id; ids not in `trials` are ignored.
  ///   - begun: the share of each trial that was trained before, by id, if not 0.
  ///   - isOrdered: whether trials are dispatched in the given order, not longest first.
  public init(
    _ trials: [QueuedTrial], groups: Int, ended: [String: State] = [:],
    begun: [String: Double] = [:], isOrdered: Bool = false
  ) {
    precondition(groups > 0, "a queue for \(groups) groups")
    self.trials = trials
    self.groups = groups
    self.isOrdered = isOrdered
    costs = trials.map(\.cost)
    states = trials.map { ended[$0.id] ?? .waiting }
    tally = StudyCounts(states.map(\.trialState))
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

  /// Returns the state of a trial; nil for an unknown id.
  public func state(of id: String) -> State? { indices[id].map { states[$0] } }

  /// Returns the trial with that id.
  public func trial(_ id: String) -> QueuedTrial? { indices[id].map { trials[$0] } }

  /// Whether every trial has ended.
  public var isFinished: Bool { tally.left == 0 }

  /// Seconds that a trial takes on the given number of groups together; nil if groups don't join.
  public var secondsOnGroups: (@Sendable (QueuedTrial, Int) -> Double)?

  /// Whether every group is idle and has asked for a trial.
  public var isQuiet: Bool { asking.count == groups && held.allSatisfy { $0 == nil } }

  /// Adds waiting trials, in the order of costs, or after all others if the order was given.
  /// - Parameter added: trials with ids that are new to the queue.
  public mutating func add(_ added: [QueuedTrial]) {
    for trial in added {
      precondition(indices[trial.id] == nil, "trial \(trial.id) is queued twice")
      indices[trial.id] = trials.count
      waiting.insert(trials.count, at: 0)
      places.append(trials.count)
      trials.append(trial)
      costs.append(trial.cost)
      states.append(.waiting)
      tally[.waiting] += 1
    }
    if !isOrdered { order() }
  }

  private mutating func order() {
    for (place, index) in Schedule.longestFirst(costs).enumerated() { places[index] = place }
    waiting.sort { places[$0] > places[$1] }
  }

  /// Updates the trials' costs and reorders the waiting ones, unless the order was given.
  /// - Parameter cost: finite and not negative.
  public mutating func reprice(_ cost: (QueuedTrial) -> Double) {
    costs = trials.map(cost)
    measured.cost = measured.shares.reduce(0) { $0 + $1.value * costs[$1.key] }
    if !isOrdered { order() }
  }

  /// Records that a group is idle. Idempotent; takes effect once the group's last report is in.
  public mutating func ready(_ group: Int) {
    precondition(held.indices.contains(group), "group \(group) of \(groups)")
    asking.insert(group)
  }

  /// Dispatches waiting trials to the groups that have asked, until either runs out. If trials run
  /// out first, groups join as far as that lets the last trial end earlier.
  public mutating func handOut(at time: Double) -> [HandOut] {
    guard !waiting.isEmpty, !asking.isEmpty else { return [] }
    var free = idleGroups[...]
    let next = waiting.suffix(free.count).reversed()
    var handOuts: [HandOut] = []
    for (index, width) in zip(next, widths(Array(next), over: free.count)) {
      let groups = Array(free.prefix(width))
      free = free.dropFirst(width)
      waiting.removeLast()
      move(index, to: .running(group: groups[0], since: time))
      for group in groups {
        held[group] = index
        asking.remove(group)
      }
      handOuts.append(HandOut(groups: groups, trial: trials[index]))
    }
    return handOuts
  }

  /// Whether fewer trials wait than groups that have asked for one.
  package var isShort: Bool { waiting.count < idleGroups.count }

  /// Groups that have asked and have no trial.
  var idleGroups: [Int] { asking.sorted().filter { held[$0] == nil } }

  /// Returns the number of groups for each of some trials: one, then one more for the trial that
  /// takes longest, as long as that helps.
  private func widths(_ indices: [Int], over groups: Int) -> [Int] {
    var widths = Array(repeating: 1, count: indices.count)
    guard let secondsOnGroups, groups > indices.count else { return widths }
    func seconds(_ place: Int, _ width: Int) -> Double {
      secondsOnGroups(trials[indices[place]], width)
    }
    for _ in indices.count..<groups {
      guard
        let longest = widths.indices.max(by: { seconds($0, widths[$0]) < seconds($1, widths[$1]) }),
        seconds(longest, widths[longest] + 1) < Self.worthwhile * seconds(longest, widths[longest])
      else { break }
      widths[longest] += 1
    }
    return widths
  }

  /// The time with one group more, relative to without it, must be below this.
  private static let worthwhile = 0.98
  /// Releasing and resuming a trial takes part of a second.
  static let secondsWorthWidening = 3.0

  /// Returns the running trial that gains most from the idle groups' help, and the gain in seconds.
  func bestToWiden(at time: Double) -> (id: String, group: Int, gain: Double)? {
    let idle = idleGroups.count
    guard let secondsOnGroups, idle > 0, waiting.isEmpty else { return nil }
    var best: (id: String, group: Int, gain: Double)?
    for (index, course) in progress {
      guard case .running(let group, _) = states[index],
        let left = course.secondsLeft(at: time)
      else { continue }
      let width = held.count { $0 == index }
      let share =
        secondsOnGroups(trials[index], width + idle) / secondsOnGroups(trials[index], width)
      let gain = left * (1 - share)
      if gain > best?.gain ?? 0 { best = (trials[index].id, group, gain) }
    }
    return best
  }

  /// Returns the groups that work on a trial, the first one first.
  package func team(of id: String) -> [Int] {
    guard let index = indices[id], case .running(let first, _) = states[index] else { return [] }
    return [first] + held.indices.filter { held[$0] == index && $0 != first }
  }

  /// Changes a state; no other code does.
  mutating func move(_ index: Int, to state: State) {
    tally[states[index].trialState] -= 1
    tally[state.trialState] += 1
    states[index] = state
  }
}
