import Foundation

/// The standard normal distribution.
package enum NormalDistribution {
  static func density(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }

  static func cumulative(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

  /// Returns the x at which the cumulative distribution is `p`, in (0, 1).
  package static func quantile(_ p: Double) -> Double {
    guard p > 0 else { return -.infinity }
    guard p < 1 else { return .infinity }
    // In the upper half 1 − p would lose digits.
    if p > 0.5 { return -quantile(1 - p) }
    return SpecialFunctions.inverse(of: cumulative, at: p, from: -40, to: 0.1)
  }
}

/// Student's t distribution.
package enum StudentDistribution {
  /// P(T ≤ t), with more than 0 degrees of freedom.
  static func cumulative(_ t: Double, freedom: Double) -> Double {
    let tail = upperTail(abs(t), freedom: freedom)
    return t > 0 ? 1 - tail : tail
  }

  /// P(T > t) for t ≥ 0.
  static func upperTail(_ t: Double, freedom: Double) -> Double {
    SpecialFunctions.incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
  }

  /// P(|T| ≥ |t|).
  static func twoSided(_ t: Double, freedom: Double) -> Double {
    min(1, 2 * upperTail(abs(t), freedom: freedom))
  }

  package static func quantile(_ p: Double, freedom: Double) -> Double {
    if p < 0.5 { return -quantile(1 - p, freedom: freedom) }
    var high = 2.0
    while cumulative(high, freedom: freedom) < p, high < 1e300 { high *= 2 }
    return SpecialFunctions.inverse(
      of: { cumulative($0, freedom: freedom) }, at: p, from: 0, to: high)
  }
}

/// Student's t distribution around a true difference of `noncentrality` standard errors.
package enum NoncentralStudentDistribution {
  /// P(T ≤ t), by the series of Lenth, "Algorithm AS 243", Applied Statistics 38 (1989); far out,
  /// where the series grows long, by the normal approximation of Abramowitz & Stegun 26.7.10.
  package static func cumulative(_ t: Double, freedom: Double, noncentrality: Double) -> Double {
    if t < 0 { return 1 - cumulative(-t, freedom: freedom, noncentrality: -noncentrality) }
    guard abs(noncentrality) <= 37 else {
      let spread = (1 + t * t / (2 * freedom)).squareRoot()
      return NormalDistribution.cumulative(
        (t * (1 - 1 / (4 * freedom)) - noncentrality) / spread)
    }
    let start = NormalDistribution.cumulative(-noncentrality)
    let x = t * t / (freedom + t * t)
    guard x > 0 else { return start }
    let lambda = noncentrality * noncentrality / 2
    // Poisson weights are negligible outside this range.
    let spread = 12 * (lambda.squareRoot() + 3)
    let first = max(0, Int(lambda - spread))
    let last = Int(lambda + spread)
    var sum = 0.0
    for j in first...last {
      let j = Double(j)
      let power = lambda > 0 ? j * log(lambda) : (j == 0 ? 0 : -Double.infinity)
      let p = exp(-lambda + power - SpecialFunctions.logGamma(j + 1))
      let q =
        noncentrality / 2.0.squareRoot()
        * exp(-lambda + power - SpecialFunctions.logGamma(j + 1.5))
      sum += p * SpecialFunctions.incompleteBeta(x, j + 0.5, freedom / 2)
      sum += q * SpecialFunctions.incompleteBeta(x, j + 1, freedom / 2)
    }
    return min(1, max(0, start + sum / 2))
  }
}

/// The range of k standard normal numbers (studentized, with infinite degrees of freedom).
package enum NormalRangeDistribution {
  /// P(range ≤ q), by Simpson's rule.
  static func cumulative(_ q: Double, count: Int) -> Double {
    guard q > 0 else { return 0 }
    let steps = 2_000
    let (low, high) = (-9.0, 9.0 + q)
    let width = (high - low) / Double(steps)
    func integrand(_ z: Double) -> Double {
      let share = NormalDistribution.cumulative(z) - NormalDistribution.cumulative(z - q)
      return NormalDistribution.density(z) * pow(share, Double(count - 1))
    }
    var sum = integrand(low) + integrand(high)
    for step in 1..<steps {
      sum += (step % 2 == 1 ? 4 : 2) * integrand(low + Double(step) * width)
    }
    return Double(count) * sum * width / 3
  }

  /// Returns the range exceeded with probability 1 − `p`.
  package static func quantile(_ p: Double, count: Int) -> Double {
    SpecialFunctions.inverse(of: { cumulative($0, count: count) }, at: p, from: 0, to: 30)
  }
}
