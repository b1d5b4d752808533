import CounterRandom

/// Intervals from resampling, without assuming a normal distribution.
package enum Bootstrap {
  /// Returns the bias-corrected and accelerated interval of the mean (BCa; Efron, "Better bootstrap
  /// confidence intervals", 1987), the same for the same seed; nil for fewer than two values, equal
  /// values and non-finite ones: no interval has zero width.
  package static func interval(
    _ values: [Double], confidence: Double = 0.95, resamples: Int = 9_999, seed: UInt64 = 0
  ) -> Interval? {
    guard values.count > 1, resamples > 1, values.allSatisfy(\.isFinite),
      let least = values.min(), let most = values.max(), most - least > Ranks.tolerance(values)
    else { return nil }
    let observed = values.reduce(0, +) / Double(values.count)
    let means = resampledMeans(values, count: resamples, seed: seed).sorted()
    let below = means.count { $0 < observed }
    let equal = means.count { $0 == observed }
    let share = (Double(below) + Double(equal) / 2) / Double(resamples)
    // All on one side happens only with few resamples; the quantile must stay finite.
    let bounded = min(max(share, 0.5 / Double(resamples)), 1 - 0.5 / Double(resamples))
    let bias = NormalDistribution.quantile(bounded)
    let acceleration = acceleration(values, mean: observed)
    func end(_ p: Double) -> Double {
      let z = bias + NormalDistribution.quantile(p)
      let adjusted = NormalDistribution.cumulative(bias + z / (1 - acceleration * z))
      return quantile(adjusted, of: means)
    }
    let (lower, upper) = (end((1 - confidence) / 2), end((1 + confidence) / 2))
    return lower < upper ? Interval(lower: lower, upper: upper) : nil
  }

  private static func resampledMeans(_ values: [Double], count: Int, seed: UInt64) -> [Double] {
    var random = RandomStream(seed: seed, purpose: .resampling)
    return (0..<count).map { _ in
      var sum = 0.0
      for _ in values { sum += values[Int(random.below(UInt32(values.count)))] }
      return sum / Double(values.count)
    }
  }

  /// A sixth of the skewness of the mean over the samples that leave one value out.
  private static func acceleration(_ values: [Double], mean: Double) -> Double {
    let deviations = values.map { ($0 - mean) / Double(values.count - 1) }
    let squares = deviations.reduce(0) { $0 + $1 * $1 }
    let cubes = deviations.reduce(0) { $0 + $1 * $1 * $1 }
    let scale = 6 * squares * squares.squareRoot()
    return scale > 0 ? cubes / scale : 0
  }

  /// Returns a quantile of sorted values, interpolated linearly.
  private static func quantile(_ p: Double, of sorted: [Double]) -> Double {
    // Deviations whose powers vanish or overflow give no acceleration.
    let place = (p.isFinite ? p : 0.5) * Double(sorted.count - 1)
    let index = min(max(Int(place), 0), sorted.count - 2)
    let share = min(max(place - Double(index), 0), 1)
    return sorted[index] + share * (sorted[index + 1] - sorted[index])
  }
}
