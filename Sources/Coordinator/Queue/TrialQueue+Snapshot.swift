import Experiments

extension TrialQueue.State {
  /// The same without who trains it and since when.
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
  /// Counts, at no cost, and without an estimate of the time left.
  public var counts: StudyCounts { tally }

  /// Counts and an estimate of the time left, which plays through all that is left.
  public func snapshot(at time: Double) -> StudyCounts {
    var snapshot = tally
    snapshot.secondsLeft = secondsLeft(at: time)
    return snapshot
  }

  /// Cost that one group gets done in a second, over all finished trials and what is known of the
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

  /// Plays the rest of the study at the measured speed: running trials to their end, then the
  /// waiting ones in their order, each on the group that is free first.
  private func secondsLeft(at time: Double) -> Double? {
    guard !isFinished else { return 0 }
    guard let speed = speed() else { return nil }
    var ends = MinimumHeap(held.map { remainingSeconds(of: $0, at: time, speed: speed) })
    for index in waiting.reversed() {
      ends.addToMinimum((1 - (begun[index] ?? 0)) * costs[index] / speed)
    }
    return ends.maximum
  }

  private func remainingSeconds(of index: Int?, at time: Double, speed: Double) -> Double {
    guard let index, case .running(_, let since) = states[index] else { return 0 }
    if let left = progress[index]?.secondsLeft(at: time) { return left }
    let share = progress[index]?.last?.fraction ?? begun[index] ?? 0
    return max(0, (1 - share) * costs[index] / speed - (time - since))
  }
}

/// Numbers of which the smallest is at hand.
struct MinimumHeap {
  private var values: [Double]

  /// A heap of at least one number. A sorted list is one.
  init(_ values: [Double]) { self.values = values.sorted() }

  var maximum: Double { values.max() ?? 0 }

  /// Adds to the smallest number.
  mutating func addToMinimum(_ amount: Double) {
    values[0] += amount
    var parent = 0
    while true {
      let left = 2 * parent + 1
      guard left < values.count else { return }
      let right = left + 1
      let child = right < values.count && values[right] < values[left] ? right : left
      guard values[child] < values[parent] else { return }
      values.swapAt(child, parent)
      parent = child
    }
  }
}
