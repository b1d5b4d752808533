/// The result of the test of paired differences that counts. Direction, estimate, interval and p
/// come from one procedure, so they can't contradict each other.
///
/// It is Wilcoxon's signed-rank test with the estimate of Hodges & Lehmann; for overlapping training
/// sets, the corrected t test with the mean, because Wilcoxon's test has no such correction.
package struct PairedTest: Hashable, Sendable {
  package let name: String
  /// Estimate of how much better the subject is.
  package let estimate: Double?
  /// The estimate's 95% interval; nil where so few differences can't be decisive: it would mislead.
  package let interval: Interval?
  /// The two-sided p value, 0 to 1.
  package let pValue: Double?
  /// 1 where the test favours the subject, -1 where it favours the other, else 0.
  package let direction: Int
  /// The smallest p possible with these differences; 1 where they can't be decisive.
  package let smallestPValue: Double
  /// Number of differences that count: the nonzero ones.
  package let decisive: Int
  /// Why they can't be decisive; nil where they can, as far as the test itself is concerned.
  package let obstacle: String?
  /// The mean difference where it has the opposite sign: a few seeds then outweigh the rest.
  package let dissentingMean: Double?

  /// Tests the differences, one per seed.
  /// - Parameters:
  ///   - comparison: their statistics; nil for fewer than two.
  ///   - testToTrain: samples held out per sample trained on, where the seeds' sets overlap.
  ///   - accuracies: the differences in test accuracy of the same trials: a measure counted on the
  ///     same test samples spreads no less, and isn't judged where these don't spread.
  ///   - testCount: samples of each test; nil where unknown.
  init(
    _ differences: [Double], _ comparison: PairedComparison?, testToTrain: Double?,
    measure: Measure, accuracies: [Double], testCount: Int?
  ) {
    name = testToTrain == nil ? "Wilcoxon signed-rank test" : "corrected resampled t test"
    guard let comparison else {
      (estimate, interval, pValue, dissentingMean) = (nil, nil, nil, nil)
      (direction, smallestPValue, decisive) = (0, 1, 0)
      obstacle =
        differences.count == 1 ? "one seed: no spread is known" : "nothing to compare with"
      return
    }
    let count = comparison.count
    let bounds: Interval?
    decisive = testToTrain == nil ? comparison.decisive : count
    let evenness = Self.evenness(
      comparison,
      accuracies: measure.needsSpreadOfAccuracy(splitsOverlap: testToTrain != nil)
        ? accuracies : [])
    if let testToTrain {
      let corrected = comparison.corrected(
        testToTrain: testToTrain,
        leastSpread: measure.leastSpread(
          differences, accuracies: accuracies, testCount: testCount))
      estimate = comparison.mean
      bounds = evenness == nil ? corrected?.interval : nil
      pValue = evenness == nil ? corrected?.pValue : nil
      direction = comparison.mean > 0 ? 1 : comparison.mean < 0 ? -1 : 0
      dissentingMean = nil
      obstacle =
        evenness
        ?? (count < SeedAdvice.fewestForT
          ? "\(count) splits are too few: the corrected t test takes at least "
            + "\(SeedAdvice.fewestForT)" : nil)
      // Its p has no lower limit.
      smallestPValue = obstacle == nil ? 0 : 1
    } else {
      estimate = comparison.hodgesLehmann
      bounds = evenness == nil ? comparison.hodgesLehmannInterval : nil
      pValue = evenness == nil ? comparison.wilcoxonPValue : nil
      direction = comparison.direction
      obstacle = evenness
      smallestPValue =
        obstacle == nil ? SignedRankTest.smallestPValue(decisive: comparison.decisive) : 1
      let isDenied =
        comparison.mean * comparison.hodgesLehmann < 0
        || comparison.mean * Double(comparison.direction) < 0
      dissentingMean = isDenied ? comparison.mean : nil
    }
    interval = smallestPValue <= Verdict.level ? bounds : nil
  }

  /// Returns the obstacle where the differences, or those in accuracy, don't spread.
  private static func evenness(_ comparison: PairedComparison, accuracies: [Double]) -> String? {
    guard comparison.hasSpread else {
      return "all \(comparison.count) differences are "
        + (comparison.decisive == 0 ? "zero" : "equal")
        + ", and without spread there is nothing to judge them by"
    }
    guard let deviation = SampleStatistics(accuracies)?.standardDeviation,
      deviation <= Ranks.tolerance(accuracies)
    else { return nil }
    return "all \(accuracies.count) differences in accuracy are "
      + (accuracies.contains { $0 != 0 } ? "equal" : "zero")
      + ", and without spread there is nothing to judge these by"
  }
}
