/// What a study says about a claim.
public enum Verdict: String, Codable, Sendable, CaseIterable {
  /// Shown, at 0.05 after adjusting for the number of comparisons.
  case supported
  /// The opposite is shown.
  case contradicted
  /// Enough seeds to show it, and it isn't.
  case notSupported = "not_supported"
  /// Too few seeds, differences without spread, times that are too noisy, or not part of the study.
  case undecided

  /// In words.
  public var title: String {
    switch self {
    case .supported: "supported"
    case .contradicted: "contradicted"
    case .notSupported: "not supported"
    case .undecided: "undecided"
    }
  }

  /// The level of every test.
  public static let level = 0.05

  /// One verdict on a claim that speaks of several blocks: contradicted if one is, supported if all
  /// are.
  static func all(_ verdicts: [Verdict]) -> Verdict {
    if verdicts.contains(.contradicted) { return .contradicted }
    if verdicts.isEmpty || verdicts.contains(.undecided) { return .undecided }
    return verdicts.contains(.notSupported) ? .notSupported : .supported
  }

  /// On "better than each of these".
  static func superiority(_ pairings: [BlockComparison.Pairing]) -> Verdict {
    guard !pairings.isEmpty else { return .undecided }
    if pairings.contains(where: \.isShownWorse) { return .contradicted }
    if pairings.allSatisfy(\.isShownBetter) { return .supported }
    return pairings.allSatisfy { $0.canDecide } ? .notSupported : .undecided
  }

  /// On "better by about `size`": shown to be better, by that or more as far as can be told;
  /// contradicted where the interval ends below it. With too few seeds to support it nothing is
  /// contradicted either.
  static func advantage(_ test: PairedTest, of size: Double) -> Verdict {
    guard let interval = test.interval, let pValue = test.pValue, test.smallestPValue <= level
    else { return .undecided }
    if interval.upper < size { return .contradicted }
    return pValue <= level && test.direction > 0 ? .supported : .notSupported
  }

  /// On "no more than `limit`", by the t interval of the mean.
  static func atMost(_ limit: Double, _ statistics: SampleStatistics?) -> Verdict {
    guard let statistics, statistics.count >= SeedAdvice.fewestForT,
      let interval = statistics.interval()
    else { return .undecided }
    if interval.upper <= limit { return .supported }
    return interval.lower > limit ? .contradicted : .notSupported
  }
}
