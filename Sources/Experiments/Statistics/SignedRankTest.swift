import Foundation
import Support

/// Wilcoxon's signed-rank test (1945), exact for any number of ties, with its estimate and
/// interval: direction, estimate, interval and p come from the same ranks.
struct SignedRankTest {
  /// Two-sided p; 1 where all differences are zero.
  let pValue: Double
  /// 1 where the positive ranks outweigh the negative ones, -1 where the reverse holds, else 0.
  let direction: Int
  /// Number of nonzero differences; zeros are dropped.
  let decisive: Int

  /// Differences that differ only by rounding are ties: 0.93 - 0.91 and 0.95 - 0.93.
  init(_ differences: [Double]) {
    let zero = Ranks.tolerance(differences)
    let values = differences.filter { abs($0) > zero }
    decisive = values.count
    // Twice the ranks are whole numbers, even where ties share a mean rank.
    let ranks = Ranks.doubled(values.map(abs))
    let positive = zip(values, ranks).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : 0) }
    let total = ranks.reduce(0, +)
    direction = (2 * positive - total).signum()
    guard !values.isEmpty else {
      pValue = 1
      return
    }
    // chance[s]: of all choices of signs, the share in which the positive ranks add up to s.
    var chance = [Double](repeating: 0, count: total + 1)
    chance[0] = 1
    var reach = 0
    for rank in ranks {
      reach += rank
      for sum in stride(from: reach, through: 0, by: -1) {
        chance[sum] = (chance[sum] + (sum >= rank ? chance[sum - rank] : 0)) / 2
      }
    }
    pValue = min(1, 2 * chance[0...min(positive, total - positive)].reduce(0, +))
  }

  static func pValue(_ differences: [Double]) -> Double { SignedRankTest(differences).pValue }

  /// Returns the smallest two-sided p for this number of nonzero differences: 2 / 2ⁿ.
  static func smallestPValue(decisive: Int) -> Double { min(1, 2 * pow(0.5, Double(decisive))) }

  /// Returns the estimate of Hodges & Lehmann ("Estimates of location based on rank tests", 1963):
  /// the median of the means of all pairs of differences, including each with itself; nil for none.
  static func estimate(_ differences: [Double]) -> Double? {
    pairAverages(differences).median
  }

  /// Returns the interval that inverts the test: all shifts that the shifted differences don't
  /// refute. nil where no shift can be refuted, or all but isolated ones are.
  ///
  /// The signed ranks change only at the means of pairs, so the interval's ends are such means.
  static func interval(_ differences: [Double], level: Double = 0.05) -> Interval? {
    guard smallestPValue(decisive: differences.count) <= level else { return nil }
    let all = pairAverages(differences)
    // Means that differ by rounding are one; the test's own tolerance is far smaller.
    let apart = 10 * Ranks.tolerance(differences)
    var averages: [Double] = []
    for average in all where averages.last.map({ average - $0 > apart }) ?? true {
      averages.append(average)
    }
    guard averages.count > 1, let estimate = estimate(differences) else { return nil }
    func isCompatible(_ gap: Int) -> Bool {
      let shift = (averages[gap] + averages[gap + 1]) / 2
      return pValue(differences.map { $0 - shift }) > level
    }
    let lastGap = averages.count - 2
    // The estimate lies in a gap or between two.
    let behind = averages.firstIndex { $0 > estimate - apart } ?? 0
    let middle = [behind - 1, behind].filter((0...lastGap).contains)
    guard let start = middle.first(where: isCompatible) else { return nil }
    let first = outermost(from: start, to: 0, isCompatible)
    let last = outermost(from: start, to: lastGap, isCompatible)
    var interval = Interval(lower: averages[first], upper: averages[last + 1])
    // The p at shift 0 drops zeros, unlike the p beside it: the interval must agree with that p.
    if pValue(differences) > level {
      interval = Interval(lower: min(interval.lower, 0), upper: max(interval.upper, 0))
    }
    return interval
  }

  /// Returns, by bisection, the last index from `start` to `end` for which `holds`, which is true
  /// at `start` and stays false once it is.
  private static func outermost(
    from start: Int, to end: Int, _ holds: (Int) -> Bool
  ) -> Int {
    if holds(end) { return end }
    var (inside, outside) = (start, end)
    while abs(outside - inside) > 1 {
      let middle = inside + (outside - inside) / 2
      if holds(middle) { inside = middle } else { outside = middle }
    }
    return inside
  }

  /// Returns the mean of every two differences, and of each with itself, in rising order.
  private static func pairAverages(_ differences: [Double]) -> [Double] {
    differences.indices.flatMap { i in
      differences[i...].map { (differences[i] + $0) / 2 }
    }.sorted()
  }
}

enum Ranks {
  /// Returns the size below which a difference between two of the values is rounding.
  static func tolerance(_ values: [Double]) -> Double {
    1e-9 * (values.lazy.filter(\.isFinite).map { abs($0) }.max() ?? 0)
  }

  /// Returns twice the rank of each value, in rising order; equal values share their mean rank.
  static func doubled(_ values: [Double]) -> [Int] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Int](repeating: 0, count: values.count)
    let tolerance = tolerance(values)
    var first = 0
    while first < order.count {
      var last = first
      while last + 1 < order.count,
        values[order[last + 1]] - values[order[first]] <= tolerance
      { last += 1 }
      for place in first...last { ranks[order[place]] = first + last + 2 }
      first = last + 1
    }
    return ranks
  }
}
