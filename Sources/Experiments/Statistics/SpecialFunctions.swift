import Foundation

/// Building blocks of distributions. Formulas without their own source are in Abramowitz & Stegun,
/// "Handbook of Mathematical Functions", chapters 6, 7 and 26.
enum SpecialFunctions {
  /// ln Γ(x) for x > 0, by Lanczos' approximation (g = 7, nine terms), to about 15 digits.
  static func logGamma(_ x: Double) -> Double {
    let terms = [
      676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
      12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
    ]
    guard x >= 0.5 else { return log(.pi / sin(.pi * x)) - logGamma(1 - x) }
    let shifted = x - 1
    let sum = terms.enumerated().reduce(0.99999999999980993) { sum, term in
      sum + term.element / (shifted + Double(term.offset) + 1)
    }
    let t = shifted + 7.5
    return 0.5 * log(2 * .pi) + (shifted + 0.5) * log(t) - t + log(sum)
  }

  /// The regularised incomplete beta function I_x(a, b).
  static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    // The continued fraction converges fast only on this side.
    guard x <= (a + 1) / (a + b + 2) else { return 1 - incompleteBeta(1 - x, b, a) }
    let front = exp(
      logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x))
    return front * betaFraction(x, a, b) / a
  }

  /// The continued fraction of the incomplete beta function, by Lentz's method.
  private static func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    func away(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
    var c = 1.0
    var d = 1 / away(1 - (a + b) * x / (a + 1))
    var fraction = d
    for m in 1...10_000 {
      let m = Double(m)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      for term in [even, odd] {
        d = 1 / away(1 + term * d)
        c = away(1 + term / c)
        fraction *= c * d
      }
      if abs(c * d - 1) < 1e-16 { break }
    }
    return fraction
  }

  /// The regularised upper incomplete gamma function Q(a, x).
  static func upperGamma(_ a: Double, _ x: Double) -> Double {
    guard x > 0 else { return 1 }
    let front = exp(a * log(x) - x - logGamma(a))
    guard x >= a + 1 else { return 1 - front * gammaSeries(a, x) }
    return front * gammaFraction(a, x)
  }

  private static func gammaSeries(_ a: Double, _ x: Double) -> Double {
    var term = 1 / a
    var sum = term
    var n = a
    while abs(term) > abs(sum) * 1e-17 {
      n += 1
      term *= x / n
      sum += term
    }
    return sum
  }

  private static func gammaFraction(_ a: Double, _ x: Double) -> Double {
    var b = x + 1 - a
    var c = 1e300
    var d = 1 / b
    var fraction = d
    for i in 1...10_000 {
      let term = -Double(i) * (Double(i) - a)
      b += 2
      d = 1 / (term * d + b)
      c = b + term / c
      fraction *= c * d
      if abs(c * d - 1) < 1e-16 { break }
    }
    return fraction
  }

  /// Returns where a nondecreasing function reaches a value, between two bounds, by bisection.
  static func inverse(
    of function: (Double) -> Double, at value: Double, from low: Double, to high: Double
  ) -> Double {
    var (low, high) = (low, high)
    for _ in 0..<200 {
      let middle = low + (high - low) / 2
      if middle <= low || middle >= high { break }
      if function(middle) < value { low = middle } else { high = middle }
    }
    return low + (high - low) / 2
  }
}
