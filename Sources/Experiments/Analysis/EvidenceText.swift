import Foundation

/// The numbers behind a verdict, in words.
enum EvidenceText {
  /// Formats a difference as `+0.0012`: four digits resolve one MNIST test sample.
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

  /// Names the hardest rival, and counts the rivals beaten.
  static func superiority(_ pairings: [BlockComparison.Pairing]) -> String {
    let tested = pairings.filter { $0.comparison != nil }
    guard !tested.isEmpty else {
      return pairings.first?.result.obstacle ?? "nothing to compare with"
    }
    func estimate(_ pairing: BlockComparison.Pairing) -> Double { pairing.estimate ?? 0 }
    let winners = tested.filter(\.isShownWorse)
    // A rival shown to be better says more than one that only seems to be.
    guard
      let hardest = (winners.isEmpty ? tested : winners).min(by: { estimate($0) < estimate($1) })
    else { return "" }
    let better = tested.count(where: \.isShownBetter)
    let role = winners.isEmpty ? "closest rival" : "beaten by"
    let measure = hardest.measure
    return "\(seeds(hardest.advantages.count)): better than \(better) of \(pairings.count) others, "
      + "worse than \(winners.count); \(role) \(hardest.baseline.shortDisplayLabel), advantage "
      + advantage(estimate(hardest), measure) + bounds(hardest.interval, measure)
      + (hardest.adjustedPValue.map { ", \(p($0)) (\(hardest.test), Holm)" } ?? "")
      + reservations(
        hardest.result, smallest: hardest.smallestPValue, count: hardest.advantages.count, measure)
  }

  private static func bounds(_ interval: Interval?, _ measure: Measure) -> String {
    guard let interval else { return "" }
    let ends = [interval.lower, interval.upper].map { advantage($0, measure) }
    return " [\(ends[0]), \(ends[1])]"
  }

  /// Says why nothing can be decided, and whether the mean disagrees.
  static func reservations(
    _ test: PairedTest, smallest: Double, count: Int, _ measure: Measure
  ) -> String {
    (test.obstacle.map { "; \($0)" } ?? tooFew(test, smallest, count)) + dissent(test, measure)
  }

  static func dissent(_ test: PairedTest, _ measure: Measure) -> String {
    test.dissentingMean.map { "; the mean, \(advantage($0, measure)), has the other sign" } ?? ""
  }

  /// Times need more digits than shares.
  private static func advantage(_ value: Double, _ measure: Measure) -> String {
    measure.isTime ? String(format: "%+.2g s", value) : signed(value)
  }

  static func advantage(_ mean: BlockComparison.MeanAdvantage, _ measure: Measure) -> String {
    let test = mean.result
    guard let estimate = test.estimate else { return test.obstacle ?? "nothing to compare with" }
    return "\(seeds(mean.advantages.count)): advantage \(advantage(estimate, measure))"
      + bounds(test.interval, measure)
      + (test.pValue.map { ", \(p($0)) (\(test.name))" } ?? "")
      + reservations(
        test, smallest: test.smallestPValue, count: mean.advantages.count, measure)
  }

  /// Compares how soon the subject and the fastest other reach a loss that all trials reach.
  static func epochsToLoss(_ block: BlockComparison) -> String {
    let means = block.cells.compactMap { cell in
      cell.statistics(.epochsToLoss).map { (activation: cell.activation, mean: $0.mean) }
    }
    guard let target = block.own?.commonLoss, let subject = block.subject,
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

  private static func tooFew(_ test: PairedTest, _ smallest: Double, _ count: Int) -> String {
    guard smallest > Verdict.level else { return "" }
    let what =
      test.decisive < count
      ? "\(test.decisive) of \(count) differences aren't zero, which is too few"
      : "\(count) seeds are too few"
    return "; \(what): no result could have p below " + String(format: "%.3g", smallest)
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

  static func slowdown(_ statistics: SampleStatistics?, doubt: String?) -> String {
    guard let statistics else { return "no trial on as many ranks as ReLU's" }
    func percent(_ value: Double) -> String { String(format: "%+.1f %%", value * 100) }
    let isEnough = statistics.count >= SeedAdvice.fewestForT
    let ends =
      isEnough
      ? statistics.interval().map { " [\(percent($0.lower)), \(percent($0.upper))]" } ?? "" : ""
    let caution =
      doubt.map { "; timing too noisy: \($0). `srelu bench step` times the two in turn" }
      ?? (isEnough ? "" : "; it takes at least \(SeedAdvice.fewestForT) seeds")
    return
      "\(seeds(statistics.count)): a step takes \(percent(statistics.mean))\(ends) beside ReLU's"
      + caution
  }

  static func seeds(_ count: Int) -> String { count == 1 ? "1 seed" : "\(count) seeds" }
}
