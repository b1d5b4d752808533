import Foundation

/// Two cells compared seed by seed. The same seed gives both the same order of samples, the same split
/// and the same initial weights, so what differs is what is compared.
public struct PairedComparison: Hashable, Codable, Sendable {
  /// Number of seeds.
  public let count: Int
  /// Mean difference.
  public let mean: Double
  /// Sample standard deviation of the differences.
  public let standardDeviation: Double
  /// 95 % interval of the mean difference, by Student's t.
  public let interval: Interval
  /// 95 % interval of the mean difference, by the BCa bootstrap.
  public let bootstrapInterval: Interval
  /// Two-sided p of the paired t test. Where all differences are equal that test has nothing to go by,
  /// and this is Wilcoxon's p.
  public let tPValue: Double
  /// Two-sided p of Wilcoxon's signed-rank test, exact, with ties; zeros are left out.
  public let wilcoxonPValue: Double
  /// Mean difference in standard deviations of the differences, corrected for small samples (Cohen's
  /// d_z with Hedges' factor); nil where the differences don't spread.
  public let effectSize: Double?
  /// Its 95 % interval, from the noncentral t distribution.
  public let effectSizeInterval: Interval?
  /// Whether the differences differ by more than rounding.
  private var hasSpread: Bool { effectSize != nil }

  enum CodingKeys: String, CodingKey {
    case count, mean, interval
    case standardDeviation = "standard_deviation"
    case bootstrapInterval = "bootstrap_interval"
    case tPValue = "t_p"
    case wilcoxonPValue = "wilcoxon_p"
    case effectSize = "effect_size"
    case effectSizeInterval = "effect_size_interval"
  }

  /// The comparison of a difference for each seed; nil for fewer than two.
  public init?(_ differences: [Double]) {
    guard let statistics = SampleStatistics(differences),
      let deviation = statistics.standardDeviation, let interval = statistics.interval(),
      let bootstrap = Bootstrap.interval(differences)
    else { return nil }
    count = statistics.count
    mean = statistics.mean
    standardDeviation = deviation
    self.interval = interval
    bootstrapInterval = bootstrap
    wilcoxonPValue = SignedRankTest.pValue(differences)
    guard deviation > Ranks.tolerance(differences) else {
      tPValue = wilcoxonPValue
      (effectSize, effectSizeInterval) = (nil, nil)
      return
    }
    let t = mean / (deviation / Double(count).squareRoot())
    tPValue = StudentDistribution.twoSided(t, freedom: Double(count - 1))
    let effect = EffectSize(t: t, count: count)
    effectSize = effect.value
    effectSizeInterval = effect.interval
  }

  /// The smallest two-sided p that Wilcoxon's test can give with so many seeds: 2 / 2ⁿ.
  public static func smallestPValue(seeds: Int) -> Double { min(1, 2 * pow(0.5, Double(seeds))) }

  /// The t test and 95 % interval where the seeds' training sets overlap, as they do when each seed
  /// draws its own split of one small set: the variance is 1/n + test/train instead of 1/n (Nadeau &
  /// Bengio, "Inference for the generalization error", 2003).
  ///
  /// - Parameter testToTrain: samples held out divided by samples trained on.
  public func corrected(testToTrain: Double) -> (pValue: Double, interval: Interval) {
    let error = standardDeviation * (1 / Double(count) + testToTrain).squareRoot()
    let freedom = Double(count - 1)
    let reach = StudentDistribution.quantile(0.975, freedom: freedom) * error
    let interval = Interval(lower: mean - reach, upper: mean + reach)
    guard hasSpread else { return (wilcoxonPValue, interval) }
    return (StudentDistribution.twoSided(mean / error, freedom: freedom), interval)
  }

  /// How many seeds a paired t test would need to show a true difference of this size and spread, and
  /// at least as many as let Wilcoxon's test reach the level; nil where the mean is 0 or no number up
  /// to 100,000 would do.
  ///
  /// - Parameters:
  ///   - comparisons: how many comparisons share the level, the hardest case of Holm's adjustment.
  ///   - testToTrain: where the seeds' training sets overlap, for the corrected t test; there more
  ///     seeds help only so far.
  public func seedsNeeded(
    power: Double = 0.8, level: Double = 0.05, comparisons: Int = 1, testToTrain: Double? = nil
  ) -> Int? {
    guard mean != 0 else { return nil }
    let level = level / Double(max(1, comparisons))
    let fewest = (2...).first { Self.smallestPValue(seeds: $0) <= level } ?? 2
    guard hasSpread else { return fewest }
    let overlap = testToTrain ?? 0
    func reaches(_ seeds: Int) -> Bool {
      let noncentrality =
        abs(mean) / standardDeviation / (1 / Double(seeds) + overlap).squareRoot()
      return Self.power(noncentrality: noncentrality, seeds: seeds, level: level) >= power
    }
    var high = testToTrain == nil ? fewest : SeedAdvice.fewestForT
    while !reaches(high) {
      high *= 2
      if high > 100_000 { return nil }
    }
    var low = max(2, high / 2)
    while low < high {
      let middle = (low + high) / 2
      if reaches(middle) { high = middle } else { low = middle + 1 }
    }
    return max(high, testToTrain == nil ? fewest : SeedAdvice.fewestForT)
  }

  /// The chance that a two-sided paired t test shows a difference of so many standard errors.
  static func power(noncentrality: Double, seeds: Int, level: Double) -> Double {
    let freedom = Double(seeds - 1)
    let critical = StudentDistribution.quantile(1 - level / 2, freedom: freedom)
    func cumulative(_ t: Double) -> Double {
      NoncentralStudentDistribution.cumulative(
        t, freedom: freedom, noncentrality: noncentrality)
    }
    return 1 - cumulative(critical) + cumulative(-critical)
  }
}

/// Cohen's d_z with Hedges' factor, and its interval.
struct EffectSize {
  let value: Double
  let interval: Interval

  init(t: Double, count: Int) {
    let freedom = Double(count - 1)
    let root = Double(count).squareRoot()
    // Hedges' factor needs two degrees of freedom.
    let factor =
      freedom < 2
      ? 1
      : exp(
        SpecialFunctions.logGamma(freedom / 2) - SpecialFunctions.logGamma((freedom - 1) / 2))
        / (freedom / 2).squareRoot()
    value = t / root * factor
    func noncentrality(_ p: Double) -> Double {
      // P(T ≤ t) falls as the noncentrality grows.
      let reach = 40 + 4 * abs(t)
      return SpecialFunctions.inverse(
        of: {
          -NoncentralStudentDistribution.cumulative(t, freedom: freedom, noncentrality: $0)
        }, at: -p, from: t - reach, to: t + reach)
    }
    interval = Interval(
      lower: noncentrality(0.975) / root * factor, upper: noncentrality(0.025) / root * factor)
  }
}
