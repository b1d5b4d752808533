import Foundation

/// Wilcoxon's signed-rank test (1945), exact for any number of ties.
enum SignedRankTest {
  /// Two-sided p; zeros are left out, and 1 is returned where nothing else is there. What differs by
  /// rounding alone is equal: 0.93 - 0.91 and 0.95 - 0.93 are a tie.
  static func pValue(_ differences: [Double]) -> Double {
    let zero = Ranks.tolerance(differences)
    let values = differences.filter { abs($0) > zero }
    guard !values.isEmpty else { return 1 }
    // Twice the ranks are whole numbers, also where ties share the mean of theirs.
    let ranks = Ranks.doubled(values.map(abs))
    let positive = zip(values, ranks).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : 0) }
    let total = ranks.reduce(0, +)
    // ways[s]: in how many of the 2ⁿ equally likely choices of signs the positive ranks add up to s.
    var ways = [Double](repeating: 0, count: total + 1)
    ways[0] = 1
    var reach = 0
    for rank in ranks {
      reach += rank
      for sum in stride(from: reach, through: rank, by: -1) { ways[sum] += ways[sum - rank] }
    }
    let smaller = min(positive, total - positive)
    let tail = ways[0...smaller].reduce(0, +) * pow(0.5, Double(values.count))
    return min(1, 2 * tail)
  }
}

/// Ranks of values.
enum Ranks {
  /// Below this, a difference between two of the values is rounding.
  static func tolerance(_ values: [Double]) -> Double {
    1e-9 * (values.lazy.filter(\.isFinite).map { abs($0) }.max() ?? 0)
  }

  /// Twice the rank of each value, the smallest first; equal values share the mean of their ranks.
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
