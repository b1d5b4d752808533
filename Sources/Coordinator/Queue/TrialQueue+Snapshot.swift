/// How far a study is.
public struct QueueSnapshot: Hashable, Codable, Sendable {
  /// Trials trained to their end, in earlier runs of the study too.
  public var done: Int
  /// Trials that ended with an error.
  public var failed: Int
  /// Trials that aren't run.
  public var skipped: Int
  /// Trials that a search has stopped.
  public var stopped = 0
  /// Trials that a group works on.
  public var running: Int
  /// Trials that no group has yet.
  public var waiting: Int
  /// Seconds until the last trial ends, from the speed measured so far; nil before there is one.
  public var secondsLeft: Double?
  /// Seconds since this run of the study began.
  public var seconds: Double?
  /// Seconds that this run was thought to take when it began.
  public var predictedSeconds: Double?

  /// Trials that haven't ended.
  public var left: Int { running + waiting }
  /// All trials of the study.
  public var total: Int { done + failed + skipped + stopped + left }
}

extension QueueSnapshot {
  init(_ states: [TrialQueue.State]) {
    self.init(done: 0, failed: 0, skipped: 0, running: 0, waiting: 0)
    for state in states { self[state] += 1 }
  }

  subscript(state: TrialQueue.State) -> Int {
    get { self[keyPath: Self.count(of: state)] }
    set { self[keyPath: Self.count(of: state)] = newValue }
  }

  private static func count(of state: TrialQueue.State) -> WritableKeyPath<Self, Int> {
    switch state {
    case .waiting: \.waiting
    case .running: \.running
    case .done: \.done
    case .failed: \.failed
    case .skipped: \.skipped
    case .stopped: \.stopped
    }
  }
}

extension TrialQueue {
  /// Counts, at no cost, and without an estimate of the time left.
  public var counts: QueueSnapshot { tally }

  /// Counts and an estimate of the time left, which plays through all that is left.
  public func snapshot(at time: Double) -> QueueSnapshot {
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
