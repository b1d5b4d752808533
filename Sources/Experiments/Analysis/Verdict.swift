/// A study's verdict on a claim.
package enum Verdict: String, Codable, Sendable, CaseIterable {
  /// Shown, at 0.05 after adjusting for the number of comparisons.
  case supported
  /// The opposite is shown.
  case contradicted
  /// Not shown, though there were enough seeds to show it.
  case notSupported = "not_supported"
  /// Too few seeds, differences without spread, times that are too noisy, or not part of the study.
  case undecided

  /// The verdict in words.
  package var title: String {
    switch self {
    case .supported: "supported"
    case .contradicted: "contradicted"
    case .notSupported: "not supported"
    case .undecided: "undecided"
    }
  }

  /// The significance level of every test.
  package static let level = 0.05

  /// Combines the verdicts of several blocks: contradicted if one is, supported if all are.
  static func all(_ verdicts: [Verdict]) -> Verdict {
    if verdicts.contains(.contradicted) { return .contradicted }
    if verdicts.isEmpty || verdicts.contains(.undecided) { return .undecided }
    return verdicts.contains(.notSupported) ? .notSupported : .supported
  }

  /// Judges "better than each of these".
  static func superiority(_ pairings: [BlockComparison.Pairing]) -> Verdict {
    guard !pairings.isEmpty else { return .undecided }
    if pairings.contains(where: \.isShownWorse) { return .contradicted }
    if pairings.allSatisfy(\.isShownBetter) { return .supported }
    return pairings.allSatisfy { $0.canDecide } ? .notSupported : .undecided
  }

  /// Judges "better by about `size`": supported where the subject is shown to be better and the
  /// interval reaches `size`; contradicted where the interval ends below it. With too few seeds for
  /// support, nothing contradicts it either.
  static func advantage(_ test: PairedTest, of size: Double) -> Verdict {
    guard let interval = test.interval, let pValue = test.pValue, test.smallestPValue <= level
    else { return .undecided }
    if interval.upper < size { return .contradicted }
    return pValue <= level && test.direction > 0 ? .supported : .notSupported
  }

  /// Judges "no more than `limit`", by the t interval of the mean.
  static func atMost(_ limit: Double, _ statistics: SampleStatistics?) -> Verdict {
    guard let statistics, statistics.count >= SeedAdvice.fewestForT,
      let interval = statistics.interval()
    else { return .undecided }
    if interval.upper <= limit { return .supported }
    return interval.lower > limit ? .contradicted : .notSupported
  }
}
