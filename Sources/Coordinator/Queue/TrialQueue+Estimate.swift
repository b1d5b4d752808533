import Experiments

extension TrialQueue.State {
  package var trialState: TrialState {
    switch self {
    case .waiting: .waiting
    case .running: .running
    case .finished: .finished
    case .failed: .failed
    case .skipped: .skipped
    case .stopped: .stopped
    }
  }
}

extension TrialQueue {
  /// Returns the cost that one group completes per second, over finished trials and parts of
  /// running ones.
  private func speed() -> Double? {
    var total = measured
    for (index, course) in progress where course.share > 0 {
      total.cost += course.share * costs[index]
      total.seconds += course.seconds
    }
    guard total.cost > 0, total.seconds > 0 else { return nil }
    return total.cost / total.seconds
  }

  /// Simulates the rest of the study at the measured speed: running trials to their end, then the
  /// waiting ones and those to come in order, each on the group that is free first.
  /// - Parameter coming: the costs of trials to be added.
  /// - Returns: nil while no speed is known.
  package func secondsLeft(at time: Double, coming: [Double] = []) -> Double? {
    guard !isFinished || !coming.isEmpty else { return 0 }
    guard let speed = speed() else { return nil }
    var ends = Heap(held.map { remainingSeconds(of: $0, at: time, speed: speed) }, by: <)
    let costs = waiting.reversed().map { (1 - (begun[$0] ?? 0)) * self.costs[$0] } + coming
    for cost in costs { ends.push((ends.pop() ?? 0) + cost / speed) }
    return ends.elements.max()
  }

  private func remainingSeconds(of index: Int?, at time: Double, speed: Double) -> Double {
    guard let index, case .running(_, let since) = states[index] else { return 0 }
    if let left = progress[index]?.secondsLeft(at: time) { return left }
    let share = progress[index]?.last?.fraction ?? begun[index] ?? 0
    return max(0, (1 - share) * costs[index] / speed - (time - since))
  }
}

/// Groups that train a trial together.
extension TrialQueue {
  /// Returns the number of groups for each of some trials: one, then one more for the trial that
  /// takes longest, as long as that helps.
  func widths(_ indices: [Int], over groups: Int) -> [Int] {
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
}
