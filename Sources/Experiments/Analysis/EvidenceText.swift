import Foundation

/// Numbers behind a verdict, in words.
enum EvidenceText {
  /// `+0.0012`, with four digits: one MNIST sample more or less shows.
  static func signed(_ value: Double) -> String {
    let text = String(format: "%+.4f", value)
    return text == "-0.0000" ? "+0.0000" : text
  }

  static func p(_ value: Double) -> String {
    value < 0.0001 ? "p < 0.0001" : String(format: "p = %.4f", value)
  }

  static func interval(_ interval: Interval?) -> String {
    interval.map { " [\(signed($0.lower)), \(signed($0.upper))]" } ?? ""
  }

  /// The hardest rival, and how many are beaten.
  static func superiority(_ pairings: [PlaceComparison.Pairing]) -> String {
    let tested = pairings.filter { $0.comparison != nil }
    guard !tested.isEmpty else {
      return pairings.isEmpty ? "nothing to compare with" : "one seed: no spread is known"
    }
    func mean(_ pairing: PlaceComparison.Pairing) -> Double { pairing.comparison?.mean ?? 0 }
    let winners = tested.filter(\.isShownWorse)
    // Whoever is shown to be better says more than whoever seems to be.
    guard let hardest = (winners.isEmpty ? tested : winners).min(by: { mean($0) < mean($1) }) else {
      return ""
    }
    let better = tested.count(where: \.isShownBetter)
    let role = winners.isEmpty ? "closest rival" : "beaten by"
    return "\(seeds(hardest.advantages.count)): better than \(better) of \(pairings.count) others, "
      + "worse than \(winners.count); \(role) \(hardest.baseline.shortDisplayLabel), advantage "
      + "\(advantage(mean(hardest), hardest.measure))\(bounds(hardest)), "
      + "\(p(hardest.adjustedPValue ?? 1)) (\(hardest.test), Holm)"
      + tooFew(hardest.smallestPValue, hardest.advantages.count)
  }

  private static func bounds(_ pairing: PlaceComparison.Pairing) -> String {
    guard let interval = pairing.interval else { return "" }
    let ends = [interval.lower, interval.upper].map { advantage($0, pairing.measure) }
    return " [\(ends[0]), \(ends[1])]"
  }

  /// Times need more digits than shares.
  private static func advantage(_ value: Double, _ measure: Measure) -> String {
    measure == .stepSeconds ? String(format: "%+.2g s", value) : signed(value)
  }

  static func advantage(_ mean: PlaceComparison.MeanAdvantage) -> String {
    guard let comparison = mean.comparison, let pValue = mean.pValue else {
      return mean.advantages.isEmpty
        ? "nothing to compare with" : "one seed: no spread is known"
    }
    return "\(seeds(comparison.count)): advantage \(signed(comparison.mean))"
      + "\(interval(mean.interval)), \(p(pValue)) (\(mean.test))"
      + tooFew(mean.smallestPValue, comparison.count)
  }

  /// How soon the subject and the fastest other reach a loss that all trials reach.
  static func epochsToLoss(_ place: PlaceComparison) -> String {
    let means = place.contestants.compactMap { contestant in
      SampleStatistics(place.values(.epochsToLoss, of: contestant)).map {
        (activation: contestant.activation, mean: $0.mean)
      }
    }
    guard let target = place.commonLoss, let subject = place.subject,
      let own = means.first(where: { $0.activation == subject })
    else { return "" }
    let others = means.filter { $0.activation.name != subject.name }
    let fastest = others.min { $0.mean < $1.mean }
    let beside = fastest.map {
      ", the fastest other, \($0.activation.shortDisplayLabel), "
        + String(format: "%.1f", $0.mean)
    }
    return String(format: "; epochs to a test loss of %.3f: %.1f", target, own.mean)
      + (beside ?? "")
  }

  private static func tooFew(_ smallest: Double, _ count: Int) -> String {
    guard smallest > Verdict.level else { return "" }
    return String(
      format: "; %d seeds are too few: no result could have p below %.3g", count, smallest)
  }

  static func deadUnits(
    _ own: [(dead: Int, units: Int)], relu: [(dead: Int, units: Int)]
  ) -> String {
    guard !own.isEmpty else { return "not measured" }
    func share(_ counts: [(dead: Int, units: Int)]) -> String {
      let dead = counts.reduce(0) { $0 + $1.dead }
      let units = counts.reduce(0) { $0 + $1.units }
      return "\(dead) of \(units) units dead"
    }
    let other = relu.isEmpty ? "" : "; ReLU: \(share(relu))"
    return "\(seeds(own.count)): \(share(own))\(other)"
  }

  static func slowdown(_ statistics: SampleStatistics?) -> String {
    guard let statistics else { return "no trial on as many ranks as ReLU's" }
    func percent(_ value: Double) -> String { String(format: "%+.1f %%", value * 100) }
    let ends = statistics.interval().map { " [\(percent($0.lower)), \(percent($0.upper))]" } ?? ""
    return
      "\(seeds(statistics.count)): a step takes \(percent(statistics.mean))\(ends) beside ReLU's"
  }

  static func seeds(_ count: Int) -> String { count == 1 ? "1 seed" : "\(count) seeds" }
}
