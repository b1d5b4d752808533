import CounterRandom
import Foundation

/// Treatments ranked within blocks, and whether their mean ranks differ by more than chance
/// (Friedman 1937; Demšar, "Statistical comparisons of classifiers over multiple data sets", 2006).
package struct FriedmanTest: Hashable, Codable, Sendable {
  /// Number of blocks: data sets × architectures.
  package let blocks: Int
  /// Mean rank of each treatment; 1 is the best.
  package let meanRanks: [Double]
  /// Friedman's chi-squared, corrected for ties.
  package let statistic: Double
  /// The p of the chi-squared distribution, which needs many blocks.
  package let pValue: Double
  /// The p of 20,000 random permutations within the blocks, valid for few blocks too.
  package let permutationPValue: Double
  /// The difference above which mean ranks differ at 0.05 (Nemenyi 1963).
  package let criticalDifference: Double

  enum CodingKeys: String, CodingKey {
    case blocks, statistic
    case meanRanks = "mean_ranks"
    case pValue = "p"
    case permutationPValue = "permutation_p"
    case criticalDifference = "critical_difference"
  }

  /// Whether there are enough blocks and treatments to trust the chi-squared distribution and the
  /// critical difference: more than 10 and more than 5, after Demšar.
  package var isLargeEnough: Bool { blocks > 10 && meanRanks.count > 5 }

  /// The test of rows of values, a row per block and a column per treatment, where larger is
  /// better; nil for fewer than two of either, or rows of different lengths.
  package init?(_ rows: [[Double]]) {
    guard let treatments = rows.first?.count, treatments > 1, rows.count > 1,
      rows.allSatisfy({ $0.count == treatments })
    else { return nil }
    let ranks = rows.map { row in Ranks.doubled(row.map(-)).map { Double($0) / 2 } }
    blocks = rows.count
    meanRanks = (0..<treatments).map { column in
      ranks.reduce(0) { $0 + $1[column] } / Double(rows.count)
    }
    statistic = Self.statistic(ranks)
    pValue = SpecialFunctions.upperGamma(Double(treatments - 1) / 2, statistic / 2)
    permutationPValue = Self.permutationPValue(ranks, statistic: statistic)
    let range = NormalRangeDistribution.quantile(0.95, count: treatments)
    criticalDifference =
      range / 2.0.squareRoot()
      * (Double(treatments * (treatments + 1)) / Double(6 * rows.count)).squareRoot()
  }

  private static func statistic(_ ranks: [[Double]]) -> Double {
    let (n, k) = (Double(ranks.count), Double(ranks[0].count))
    let middle = (k + 1) / 2
    let between = ranks[0].indices.reduce(0.0) { sum, column in
      let mean = ranks.reduce(0) { $0 + $1[column] } / n
      return sum + (mean - middle) * (mean - middle)
    }
    let within = ranks.joined().reduce(0.0) { $0 + ($1 - middle) * ($1 - middle) }
    // All values are tied: nothing differs.
    guard within > 0 else { return 0 }
    return n * n * (k - 1) * between / within
  }

  private static func permutationPValue(_ ranks: [[Double]], statistic: Double) -> Double {
    let rounds = 20_000
    var random = RandomStream(seed: 0, purpose: .resampling, first: 1)
    var shuffled = ranks
    var extreme = 0
    for _ in 0..<rounds {
      for row in shuffled.indices {
        for last in stride(from: shuffled[row].count - 1, to: 0, by: -1) {
          shuffled[row].swapAt(last, Int(random.below(UInt32(last + 1))))
        }
      }
      // Sums in another order may differ in the last bit.
      if Self.statistic(shuffled) >= statistic * (1 - 1e-12) { extreme += 1 }
    }
    return Double(extreme + 1) / Double(rounds + 1)
  }
}
