import Experiments

/// Who trains what: a state machine over the trials of a study, without a clock or messages of its
/// own. Times come in as seconds from any fixed start.
///
/// A group that is free asks with `ready`; `handOut` gives waiting trials to groups that have asked,
/// longest first, so that the last groups to end don't end with a long trial. What a group reports
/// is counted once: a second report of the same trial changes nothing, and a report that comes after
/// the trial was taken back from its group is still taken, because the work is done.
public struct TrialQueue: Sendable {
  /// Where a trial is.
  public enum State: Hashable, Sendable {
    /// No group has it.
    case waiting
    /// A group trains it since the given time.
    case running(group: Int, since: Double)
    /// It was trained to its last epoch.
    case finished
    /// It ended with an error.
    case failed
    /// It isn't run at all.
    case skipped
    /// It was stopped before its last epoch, and may be taken up again.
    case stopped

    /// Whether no group is to work on it, as far as is known.
    public var isFinal: Bool {
      switch self {
      case .waiting, .running: false
      case .finished, .failed, .skipped, .stopped: true
      }
    }
  }

  /// A trial given to a group, or to several that train it together.
  public struct HandOut: Hashable, Sendable {
    /// The groups, counted from 0; the first one reports.
    public let groups: [Int]
    /// The first group.
    public var group: Int { groups[0] }
    /// What it is to train.
    public let trial: QueuedTrial
  }

  /// What became of a report.
  public enum Reception: Hashable, Sendable {
    /// It is the first of its trial and was counted.
    case accepted
    /// The trial had ended before; nothing was changed.
    case duplicate
    /// There is no such trial here; nothing was changed.
    case unknown
  }

  /// Speed seen so far.
  struct Measured: Sendable {
    /// For each trial, how much of it was trained in this run, in trials.
    var shares: [Int: Double] = [:]
    /// What these shares cost.
    var cost = 0.0
    var seconds = 0.0
  }

  /// The trials in the order given.
  public let trials: [QueuedTrial]
  /// Groups that trials are handed to.
  public let groups: Int
  private(set) package var states: [State]
  /// The counts of `states`, kept along so that a snapshot needn't count.
  private(set) package var tally: StudyCounts
  /// What each trial costs, as far as is known now.
  private(set) var costs: [Double]
  private let isOrdered: Bool
  /// Indices of waiting trials; the next one to hand out is the last.
  package var waiting: [Int]
  /// For each trial its place in the order of handing out, the lowest first.
  package var places: [Int]
  let indices: [String: Int]
  /// For each group, the trial that it works on as far as is known.
  package var held: [Int?]
  /// Groups that have asked and got nothing yet.
  package var asking: Set<Int> = []
  /// How far each trial is that a group has told of.
  package var progress: [Int: TrialCourse] = [:]
  /// For each trial that waits, the share of it that was trained before.
  var begun: [Int: Double] = [:]
  var measured = Measured()
  /// How many stopped trials were taken up again.
  var promotions = 0

  /// A queue of trials, all waiting but those that have ended.
  /// - Parameters:
  ///   - trials: with ids that differ.
  ///   - groups: at least one.
  ///   - ended: how trials ended before, by id; others than `trials` don't count.
  ///   - begun: the share of each trial that was trained before, by id, where that isn't 0.
  ///   - isOrdered: whether trials are handed out in the order given, not longest first.
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

  /// The state of a trial; nil when there is none with that id.
  public func state(of id: String) -> State? { indices[id].map { states[$0] } }

  /// The trial with that id.
  public func trial(_ id: String) -> QueuedTrial? { indices[id].map { trials[$0] } }

  /// Whether every trial has ended.
  public var isFinished: Bool { tally.left == 0 }

  /// Seconds that a trial takes on so many groups together; nil where groups don't join.
  public var secondsOnGroups: (@Sendable (QueuedTrial, Int) -> Double)?

  /// Whether no group works on a trial, and every group has asked for one.
  public var isQuiet: Bool { asking.count == groups && held.allSatisfy { $0 == nil } }

  /// Trials cost something else than was thought: those that wait are put in order again, unless they
  /// have one of their own.
  /// - Parameter cost: finite and not negative.
  public mutating func reprice(_ cost: (QueuedTrial) -> Double) {
    costs = trials.map(cost)
    measured.cost = measured.shares.reduce(0) { $0 + $1.value * costs[$1.key] }
    if isOrdered { return }
    for (place, index) in Schedule.longestFirst(costs).enumerated() { places[index] = place }
    waiting.sort { places[$0] > places[$1] }
  }

  /// A group has nothing to do. Said twice, it counts once; said while its last report is still
  /// under way, it counts from the arrival of that report.
  public mutating func ready(_ group: Int) {
    precondition(held.indices.contains(group), "group \(group) of \(groups)")
    asking.insert(group)
  }

  /// Gives waiting trials to the groups that have asked, until either runs out. Where trials run out
  /// first, groups join as far as that lets the last trial end earlier.
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

  /// Groups that have asked and have nothing.
  var idleGroups: [Int] { asking.sorted().filter { held[$0] == nil } }

  /// How many groups each of some trials gets: one, and one more for whoever takes the longest, until
  /// that doesn't help any more.
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

  /// A group more has to save that much.
  private static let worthwhile = 0.98
  /// Giving a trial up and taking it up again takes part of a second.
  static let secondsWorthWidening = 3.0

  /// The running trial that gains most if it is given up and taken up again with the idle groups'
  /// help, and what it gains in seconds.
  func mostHelped(at time: Double) -> (id: String, group: Int, gain: Double)? {
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

  /// The groups that work on a trial, the first one first.
  package func team(of id: String) -> [Int] {
    guard let index = indices[id], case .running(let first, _) = states[index] else { return [] }
    return [first] + held.indices.filter { held[$0] == index && $0 != first }
  }

  /// The only way in which a state changes.
  mutating func move(_ index: Int, to state: State) {
    tally[states[index].trialState] -= 1
    tally[state.trialState] += 1
    states[index] = state
  }
}
