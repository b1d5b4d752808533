import Experiments

/// Predicts the seconds until the last trial ends, on groups that are all free; if groups join,
/// simulated with the queue itself.
/// - Parameters:
///   - trials: with distinct ids; their costs are seconds on one group.
///   - groups: at least one.
///   - begun: the share of each trial that was trained before, by id.
///   - secondsOnGroups: seconds of a trial on the given number of groups together; nil if they
///     don't join.
package func predictedMakespan(
  _ trials: [QueuedTrial], groups: Int, begun: [String: Double] = [:],
  secondsOnGroups: (@Sendable (QueuedTrial, Int) -> Double)? = nil
) -> Double {
  guard let secondsOnGroups else {
    return Schedule(costs: trials.map { (1 - (begun[$0.id] ?? 0)) * $0.cost }, groups: groups)
      .makespan
  }
  var prediction = MakespanPrediction(trials, groups, begun, secondsOnGroups)
  return prediction.run()
}

private struct MakespanPrediction {
  private struct Run {
    var groups: [Int]
    var start: Double
    var end: Double
    /// The share of the trial that was trained when it started.
    var share: Double

    func fraction(at time: Double) -> Double {
      end > start ? share + (1 - share) * (time - start) / (end - start) : 1
    }
  }

  private let seconds: (QueuedTrial, Int) -> Double
  private var queue: TrialQueue
  private var runs: [String: Run] = [:]
  private var shares: [String: Double]
  private var time = 0.0

  init(
    _ trials: [QueuedTrial], _ groups: Int, _ begun: [String: Double],
    _ secondsOnGroups: @escaping @Sendable (QueuedTrial, Int) -> Double
  ) {
    shares = begun
    seconds = secondsOnGroups
    queue = TrialQueue(trials, groups: groups)
    queue.secondsOnGroups = secondsOnGroups
  }

  mutating func run() -> Double {
    for group in 0..<queue.groups { queue.ready(group) }
    while true {
      for assignment in queue.dispatch(at: time) { begin(assignment) }
      if widen() { continue }
      guard let next = runs.min(by: { ($0.value.end, $0.key) < ($1.value.end, $1.key) }) else {
        return time
      }
      time = next.value.end
      runs[next.key] = nil
      _ = queue.finish(next.key, group: next.value.groups[0], at: time)
      for group in next.value.groups { queue.ready(group) }
    }
  }

  private mutating func begin(_ assignment: TrialQueue.Assignment) {
    let id = assignment.trial.id
    let share = min(max(shares[id] ?? 0, 0), 1)
    let duration = (1 - share) * seconds(assignment.trial, assignment.groups.count)
    runs[id] = Run(
      groups: assignment.groups, start: time, end: time + max(0, duration), share: share)
    queue.resume(id, group: assignment.group)
    queue.advance(id, group: assignment.group, fraction: share, at: time)
  }

  /// Releases a trial for idle groups to join in, as the coordinator does.
  private mutating func widen() -> Bool {
    guard queue.counts.waiting == 0, !queue.idleGroups.isEmpty else { return false }
    for (id, run) in runs {
      queue.advance(id, group: run.groups[0], fraction: run.fraction(at: time), at: time)
    }
    guard let most = queue.bestToWiden(at: time), most.gain > TrialQueue.secondsWorthWidening,
      let run = runs.removeValue(forKey: most.id)
    else { return false }
    shares[most.id] = run.fraction(at: time)
    queue.release(most.group)
    for group in run.groups { queue.ready(group) }
    return true
  }
}
