/// Asynchronous successive halving (Li et al., "A system for massively parallel hyperparameter
/// tuning", 2020): trials are trained to a first rung of few epochs, and of those that reached a rung
/// the best share goes on to the next, without waiting for all.
///
/// A state machine without a clock: the same reports in the same order give the same promotions.
public struct SuccessiveHalving: Sendable {
  private struct Place: Hashable {
    var bracket: Int
    var epoch: Int
  }

  private struct Arrival: Sendable {
    var value: Double
    var sample: Int
    var id: String

    func isBefore(_ other: Arrival) -> Bool {
      (value, sample) < (other.value, other.sample)
    }
  }

  /// A rung of a bracket: who came, the best first, and who went on.
  private struct Rung: Sendable {
    var arrivals: [Arrival] = []
    var known: Set<String> = []
    var promoted: Set<String> = []
  }

  private let spec: SearchSpec
  private let trials: [String: SearchedTrial]
  private var rungs: [Place: Rung] = [:]

  /// Nothing was reported yet.
  public init(_ spec: SearchSpec, trials: [SearchedTrial]) {
    self.spec = spec
    self.trials = Dictionary(
      trials.map { ($0.trial.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The epoch after which a trial that was trained for `epoch` epochs is to stop next: its last one,
  /// where there is no rung in between. Baselines don't stop.
  public func nextStop(id: String, after epoch: Int) -> Int {
    guard let trial = trials[id] else { preconditionFailure("no trial \(id) in the search") }
    let last = trial.trial.training.epochs
    guard trial.sample != nil else { return last }
    var rung = spec.minimumEpochs
    while rung <= epoch {
      let (next, overflow) = rung.multipliedReportingOverflow(by: spec.reductionFactor)
      if overflow { return last }
      rung = next
    }
    return min(rung, last)
  }

  /// A trial came to a rung with that value of the objective; smaller is better.
  ///
  /// - Returns: who goes on now and didn't before, the best first. Told twice, it counts once.
  public mutating func report(id: String, epoch: Int, value: Double) -> [String] {
    guard let trial = trials[id], let sample = trial.sample else { return [] }
    let place = Place(bracket: trial.bracket, epoch: epoch)
    let arrival = Arrival(value: value.isFinite ? value : .infinity, sample: sample, id: id)
    var rung = rungs.removeValue(forKey: place) ?? Rung()
    defer { rungs[place] = rung }
    guard rung.known.insert(id).inserted else { return [] }
    let index = rung.arrivals.partitioningIndex { arrival.isBefore($0) }
    rung.arrivals.insert(arrival, at: index)
    let best = rung.arrivals.prefix(rung.arrivals.count / spec.reductionFactor)
    // A loss that is no number doesn't go on, however few others there are.
    let next = best.filter { $0.value.isFinite && !rung.promoted.contains($0.id) }.map(\.id)
    rung.promoted.formUnion(next)
    return next
  }
}

extension Array {
  /// The first index whose element satisfies `belongsBehind`, where all behind it do too.
  fileprivate func partitioningIndex(_ belongsBehind: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if belongsBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
