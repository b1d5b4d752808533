/// Asynchronous successive halving (Li et al., "A system for massively parallel hyperparameter
/// tuning", 2020): trials are trained to a first rung of few epochs, and of those that reached a rung
/// the best share is promoted to the next, without waiting for all.
struct SuccessiveHalving: SearchStrategy {
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

  /// A rung of a bracket: who came, the best first, and who was promoted.
  private struct Rung: Sendable {
    var arrivals: [Arrival] = []
    var known: Set<String> = []
    var promoted: Set<String> = []
  }

  static let name = "asha"
  static let purpose =
    "Independent draws, most of which are stopped early: asynchronous successive halving."
  private static let reductionFactor = Setting(
    "reduction-factor", .integer(2...1000), default: .integer(3), original: true,
    "One in this many trials that reach a rung is promoted to the next.")
  private static let minimumEpochs = Setting(
    "minimum-epochs", .integer(1...1_000_000), default: .integer(1), original: true,
    "The epochs of the first rung.")
  static let settings = [reductionFactor, minimumEpochs, SearchSpec.objective]
  static let stopsEarly = true

  private let search: SearchSpec
  private let reductionFactor: Int
  private let minimumEpochs: Int
  private var rungs: [Place: Rung] = [:]

  init(_ search: SearchSpec) {
    self.search = search
    reductionFactor = search[Self.reductionFactor]
    minimumEpochs = search[Self.minimumEpochs]
  }

  func next(_ index: Int) -> [Double]? { search.randomValues(index) }

  /// After the epochs of the rungs. Baselines don't stop.
  func shouldStop(_ trial: SearchedTrial, after epoch: Int) -> Bool {
    guard trial.sample != nil else { return false }
    var rung = minimumEpochs
    while rung < epoch {
      let (next, overflow) = rung.multipliedReportingOverflow(by: reductionFactor)
      if overflow { return false }
      rung = next
    }
    return rung == epoch
  }

  mutating func report(_ result: SearchResult) -> [String] {
    guard !result.hasEnded, let sample = result.trial.sample else { return [] }
    let place = Place(bracket: result.trial.bracket, epoch: result.epoch)
    let arrival = Arrival(
      value: result.value.isFinite ? result.value : .infinity, sample: sample, id: result.id)
    var rung = rungs.removeValue(forKey: place) ?? Rung()
    defer { rungs[place] = rung }
    guard rung.known.insert(result.id).inserted else { return [] }
    let index = rung.arrivals.partitioningIndex { arrival.isBefore($0) }
    rung.arrivals.insert(arrival, at: index)
    let best = rung.arrivals.prefix(rung.arrivals.count / reductionFactor)
    // NaN isn't promoted, however few others there are.
    let next = best.filter { $0.value.isFinite && !rung.promoted.contains($0.id) }.map(\.id)
    rung.promoted.formUnion(next)
    return next
  }
}

extension Array {
  /// The first index whose element satisfies `belongsBehind`, where all behind it do too.
  func partitioningIndex(_ belongsBehind: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if belongsBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
