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
  /// The counts without an estimate of the time left, at no cost.
  public var counts: StudyCounts { tally }

  /// Returns the counts with an estimate of the time left, which simulates the rest of the study.
  /// - Parameter coming: the costs of trials to be added.
  public func snapshot(at time: Double, coming: [Double] = []) -> StudyCounts {
    var snapshot = tally
    snapshot.secondsLeft = secondsLeft(at: time, coming)
    return snapshot
  }

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
  private func secondsLeft(at time: Double, _ coming: [Double]) -> Double? {
    guard !isFinished || !coming.isEmpty else { return 0 }
    guard let speed = speed() else { return nil }
    var ends = MinimumHeap(held.map { remainingSeconds(of: $0, at: time, speed: speed) })
    for index in waiting.reversed() {
      ends.addToMinimum((1 - (begun[index] ?? 0)) * costs[index] / speed)
    }
    for cost in coming { ends.addToMinimum(cost / speed) }
    return ends.maximum
  }

  private func remainingSeconds(of index: Int?, at time: Double, speed: Double) -> Double {
    guard let index, case .running(_, let since) = states[index] else { return 0 }
    if let left = progress[index]?.secondsLeft(at: time) { return left }
    let share = progress[index]?.last?.fraction ?? begun[index] ?? 0
    return max(0, (1 - share) * costs[index] / speed - (time - since))
  }
}

/// A heap with access to its smallest number.
struct MinimumHeap {
  private var values: [Double]

  /// A heap of at least one number; a sorted array is one.
  init(_ values: [Double]) { self.values = values.sorted() }

  var maximum: Double { values.max() ?? 0 }

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
