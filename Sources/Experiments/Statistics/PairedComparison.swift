import Foundation

/// Two cells compared seed by seed. One seed gives both the same sample order, split and initial
/// weights, so only what is compared differs.
package struct PairedComparison: Hashable, Codable, Sendable {
  package let count: Int
  package let mean: Double
  /// Sample standard deviation of the differences.
  package let standardDeviation: Double
  /// 95% interval of the mean difference, by Student's t. Like all that follows but Wilcoxon's p
  /// and the estimate, nil without spread: equal numbers say nothing about it.
  package private(set) var interval: Interval?
  /// 95% interval of the mean difference, by the BCa bootstrap.
  package private(set) var bootstrapInterval: Interval?
  /// Two-sided p of the paired t test.
  package let tPValue: Double?
  /// Two-sided p of Wilcoxon's signed-rank test, exact, with ties; zeros are dropped.
  package let wilcoxonPValue: Double
  /// The estimate of the difference by the same ranks (Hodges & Lehmann): the median of the means
  /// of all pairs of differences.
  package let hodgesLehmann: Double
  /// The estimate's 95% interval, by inverting the test; nil too for too few differences.
  package private(set) var hodgesLehmannInterval: Interval?
  /// 1 where the positive ranks outweigh the negative ones, -1 where the reverse holds, else 0.
  package let direction: Int
  package let decisive: Int
  /// Mean difference in its standard deviations, corrected for small samples (Cohen's d_z, Hedges).
  package let effectSize: Double?
  /// The effect size's 95% interval, from the noncentral t distribution.
  package private(set) var effectSizeInterval: Interval?

  /// Whether the differences vary by more than rounding.
  package var hasSpread: Bool { effectSize != nil }

  /// A copy without intervals, which would mislead where no result could be decisive.
  var withoutIntervals: PairedComparison {
    var copy = self
    (copy.interval, copy.bootstrapInterval) = (nil, nil)
    (copy.hodgesLehmannInterval, copy.effectSizeInterval) = (nil, nil)
    return copy
  }

  enum CodingKeys: String, CodingKey {
    case count, mean, interval, direction, decisive
    case standardDeviation = "standard_deviation"
    case bootstrapInterval = "bootstrap_interval"
    case tPValue = "t_p"
    case wilcoxonPValue = "wilcoxon_p"
    case hodgesLehmann = "hodges_lehmann"
    case hodgesLehmannInterval = "hodges_lehmann_interval"
    case effectSize = "effect_size"
    case effectSizeInterval = "effect_size_interval"
  }

  /// The comparison of one difference per seed; nil for fewer than two or non-finite ones.
  package init?(_ differences: [Double]) {
    guard differences.allSatisfy(\.isFinite), let statistics = SampleStatistics(differences),
      let deviation = statistics.standardDeviation, deviation.isFinite,
      let estimate = SignedRankTest.estimate(differences)
    else { return nil }
    count = statistics.count
    mean = statistics.mean
    standardDeviation = deviation
    let ranks = SignedRankTest(differences)
    wilcoxonPValue = ranks.pValue
    direction = ranks.direction
    decisive = ranks.decisive
    hodgesLehmann = estimate
    guard deviation > Ranks.tolerance(differences) else {
      (interval, bootstrapInterval, hodgesLehmannInterval) = (nil, nil, nil)
      (tPValue, effectSize, effectSizeInterval) = (nil, nil, nil)
      return
    }
    interval = statistics.interval()
    bootstrapInterval = Bootstrap.interval(differences)
    hodgesLehmannInterval = SignedRankTest.interval(differences)
    let t = mean / (deviation / Double(count).squareRoot())
    tPValue = StudentDistribution.twoSided(t, freedom: Double(count - 1))
    let effect = EffectSize(t: t, count: count)
    effectSize = effect.value
    effectSizeInterval = effect.interval
  }

  /// Returns the smallest two-sided p of Wilcoxon's test for a number of seeds: 2 / 2ⁿ.
  package static func smallestPValue(seeds: Int) -> Double {
    SignedRankTest.smallestPValue(decisive: seeds)
  }

  /// Returns the t test and 95% interval for seeds whose training sets overlap because each draws
  /// its own split of one small set: the variance is 1/n + test/train instead of 1/n (Nadeau &
  /// Bengio, "Inference for the generalization error", 2003). nil without spread.
  /// - Parameters:
  ///   - testToTrain: samples held out divided by samples trained on.
  ///   - leastSpread: the smallest standard deviation to assume.
  package func corrected(
    testToTrain: Double, leastSpread: Double = 0
  ) -> (pValue: Double, interval: Interval)? {
    guard hasSpread else { return nil }
    let error =
      max(standardDeviation, leastSpread) * (1 / Double(count) + testToTrain).squareRoot()
    let freedom = Double(count - 1)
    let reach = StudentDistribution.quantile(0.975, freedom: freedom) * error
    return (
      StudentDistribution.twoSided(mean / error, freedom: freedom),
      Interval(lower: mean - reach, upper: mean + reach)
    )
  }

  /// Returns the number of seeds with which a paired t test would show a true difference of this
  /// size and spread, and at least as many as let Wilcoxon's test reach the level; nil where the
  /// mean is 0, where the differences don't spread, and where no number up to 100,000 suffices.
  /// - Parameters:
  ///   - comparisons: number that shares the level, the hardest case of Holm's adjustment.
  ///   - testToTrain: where the seeds' training sets overlap, for the corrected t test; more seeds
  ///     then help only up to a point.
  ///   - leastSpread: as in `corrected`.
  package func seedsNeeded(
    power: Double = 0.8, level: Double = 0.05, comparisons: Int = 1, testToTrain: Double? = nil,
    leastSpread: Double = 0
  ) -> Int? {
    guard mean != 0, hasSpread else { return nil }
    let level = level / Double(max(1, comparisons))
    let fewest = (2...).first { Self.smallestPValue(seeds: $0) <= level } ?? 2
    let overlap = testToTrain ?? 0
    let spread = max(standardDeviation, leastSpread)
    func reaches(_ seeds: Int) -> Bool {
      let noncentrality =
        abs(mean) / spread / (1 / Double(seeds) + overlap).squareRoot()
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

  /// Returns the power of a two-sided paired t test for `noncentrality` standard errors.
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
