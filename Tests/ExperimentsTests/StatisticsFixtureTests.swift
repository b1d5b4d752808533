import Experiments
import Foundation
import Testing

/// What `Fixtures/statistics.py` printed.
private struct Fixture: Decodable {
  struct Paired: Decodable {
    var differences: [Double]
    var mean, standardDeviation: Double
    var interval, bootstrap: [Double]
    var tP, wilcoxonP: Double
    var hodgesLehmann: Double
    var hodgesLehmannInterval: [Double]?
    var effectSize: Double
    var effectSizeInterval: [Double]
    var correctedP: Double
    var correctedInterval: [Double]
    var seedsNeeded: Int
    var seedsNeededOfFive: Int
    var seedsNeededOverlapping: Int?
  }
  struct Holm: Decodable { var p, adjusted: [Double] }
  struct Friedman: Decodable {
    var rows: [[Double]]
    var statistic, p: Double
    var exactP: Double?
    var meanRanks: [Double]
    var criticalDifference: Double
  }
  struct Range: Decodable {
    var count: Int
    var quantile: Double
  }
  struct Noncentral: Decodable { var t, freedom, noncentrality, p: Double }
  struct Normal: Decodable { var p, x: Double }
  struct Student: Decodable { var p, freedom, t: Double }
  var range: [Range]
  var noncentral: [Noncentral]
  var normal: [Normal]
  var student: [Student]
  var paired: [Paired]
  var holm: [Holm]
  var friedman: [Friedman]

  static func read() throws -> Fixture {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/statistics.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Fixture.self, from: Data(contentsOf: file))
  }
}

private func near(_ a: Double, _ b: Double, _ tolerance: Double = 1e-8) -> Bool {
  abs(a - b) <= tolerance * max(abs(b), 1e-3)
}

private func near(_ a: Interval?, _ b: [Double], _ tolerance: Double = 1e-8) -> Bool {
  guard let a else { return false }
  return near(a.lower, b[0], tolerance) && near(a.upper, b[1], tolerance)
}

@Suite struct StatisticsFixtureTests {
  @Test func pairedComparisonsAgreeWithSciPy() throws {
    let cases = try Fixture.read().paired
    try #require(cases.count == 12)
    for expected in cases {
      let found = try #require(PairedComparison(expected.differences))
      let comment = Comment(rawValue: "\(expected.differences)")
      #expect(near(found.mean, expected.mean), comment)
      #expect(near(found.standardDeviation, expected.standardDeviation), comment)
      #expect(near(found.interval, expected.interval), comment)
      #expect(near(try #require(found.tPValue), expected.tP), comment)
      #expect(near(found.wilcoxonPValue, expected.wilcoxonP), comment)
      #expect(near(found.hodgesLehmann, expected.hodgesLehmann), comment)
      if let interval = expected.hodgesLehmannInterval {
        #expect(near(found.hodgesLehmannInterval, interval), comment)
      } else {
        #expect(found.hodgesLehmannInterval == nil, comment)
      }
      #expect(near(try #require(found.effectSize), expected.effectSize), comment)
      #expect(near(found.effectSizeInterval, expected.effectSizeInterval, 1e-6), comment)
      let corrected = try #require(found.corrected(testToTrain: 0.25))
      #expect(near(corrected.pValue, expected.correctedP), comment)
      #expect(near(corrected.interval, expected.correctedInterval), comment)
      #expect(found.seedsNeeded() == expected.seedsNeeded, comment)
      #expect(found.seedsNeeded(comparisons: 5) == expected.seedsNeededOfFive, comment)
      #expect(
        found.seedsNeeded(comparisons: 2, testToTrain: 0.25) == expected.seedsNeededOverlapping,
        comment)
    }
    // Overlapping splits: some differences no number of seeds can show, some it can.
    #expect(Set(cases.map { $0.seedsNeededOverlapping == nil }).count == 2)
  }

  @Test func distributionsAgreeWithSciPy() throws {
    let fixture = try Fixture.read()
    try #require(fixture.range.count == 4 && fixture.noncentral.count == 7)
    try #require(fixture.normal.count == 6 && fixture.student.count == 5)
    for expected in fixture.range {
      let found = NormalRangeDistribution.quantile(0.95, count: expected.count)
      #expect(near(found, expected.quantile, 1e-6))
    }
    for expected in fixture.noncentral {
      let found = NoncentralStudentDistribution.cumulative(
        expected.t, freedom: expected.freedom, noncentrality: expected.noncentrality)
      #expect(abs(found - expected.p) < 1e-9, "t = \(expected.t)")
    }
    for expected in fixture.normal {
      #expect(near(NormalDistribution.quantile(expected.p), expected.x), "p = \(expected.p)")
    }
    for expected in fixture.student {
      let found = StudentDistribution.quantile(expected.p, freedom: expected.freedom)
      #expect(near(found, expected.t), "p = \(expected.p)")
    }
  }

  /// Both are random: ten times the resamples there, so the ends differ by a few hundredths of the
  /// width.
  @Test func bootstrapIntervalsAreNearSciPys() throws {
    for expected in try Fixture.read().paired where expected.differences.count > 4 {
      let found = try #require(Bootstrap.interval(expected.differences))
      let width = expected.bootstrap[1] - expected.bootstrap[0]
      #expect(abs(found.lower - expected.bootstrap[0]) < 0.04 * width)
      #expect(abs(found.upper - expected.bootstrap[1]) < 0.04 * width)
    }
  }

  @Test func holmAgreesWithItsDefinition() throws {
    for expected in try Fixture.read().holm {
      let found = holmAdjusted(expected.p)
      try #require(found.count == expected.adjusted.count)
      for (a, b) in zip(found, expected.adjusted) { #expect(near(a, b)) }
    }
  }

  @Test func friedmanAgreesWithSciPy() throws {
    let cases = try Fixture.read().friedman
    try #require(cases.count == 4)
    #expect(cases.count { $0.exactP != nil } == 2)
    for expected in cases {
      let found = try #require(FriedmanTest(expected.rows))
      #expect(near(found.statistic, expected.statistic))
      #expect(near(found.pValue, expected.p))
      #expect(near(found.criticalDifference, expected.criticalDifference, 1e-6))
      for (a, b) in zip(found.meanRanks, expected.meanRanks) { #expect(near(a, b)) }
      // 20,000 permutations leave a standard deviation of at most 0.0036.
      if let exact = expected.exactP { #expect(abs(found.permutationPValue - exact) < 0.015) }
    }
  }

  /// All differences on one side: no choice of signs is more extreme.
  @Test(arguments: 2...12)
  func oneSidedDifferencesGiveTheSmallestP(seeds: Int) throws {
    let found = try #require(PairedComparison((1...seeds).map { Double($0) }))
    #expect(found.wilcoxonPValue == PairedComparison.smallestPValue(seeds: seeds))
    #expect(found.wilcoxonPValue == 2 / Double(1 << seeds))
  }

  /// Equal differences say nothing of how far another would lie from them: no test but Wilcoxon's, which
  /// goes by their signs, and no interval.
  @Test(arguments: [
    [0, 0, 0], [0.5, 0.5, 0.5], [Double](repeating: -1.0 / 114, count: 20),
    // 0.3 - 0.2 and 0.2 - 0.1 differ by rounding alone.
    [0.3 - 0.2, 0.2 - 0.1, 0.1], [0.3 - 0.2, 0.2 - 0.1, 0.1, 0.1, 0.4 - 0.3, 0.1, 0.1, 0.1],
  ])
  func differencesWithoutSpread(differences: [Double]) throws {
    let same = try #require(PairedComparison(differences))
    #expect(!same.hasSpread)
    #expect(same.interval == nil && same.bootstrapInterval == nil)
    #expect(same.hodgesLehmannInterval == nil)
    #expect(same.tPValue == nil && same.effectSize == nil && same.effectSizeInterval == nil)
    #expect(same.corrected(testToTrain: 0.25) == nil)
    #expect(same.seedsNeeded() == nil)
    #expect(same.direction == (differences[0] > 0 ? 1 : differences[0] < 0 ? -1 : 0))
    #expect(near(same.hodgesLehmann, differences[0]))
    // Three seeds can't be surer than 2 / 2³, however equal they are.
    let zeros = differences.allSatisfy { $0 == 0 }
    #expect(
      same.wilcoxonPValue
        == (zeros ? 1 : PairedComparison.smallestPValue(seeds: differences.count)))
    #expect(SampleStatistics(differences)?.interval() == nil)
    #expect(Bootstrap.interval(differences) == nil)
  }

  @Test func tooFewValues() {
    #expect(PairedComparison([1]) == nil)
    #expect(FriedmanTest([[1, 2]]) == nil)
    #expect(FriedmanTest([[1, 1], [1, 1]])?.statistic == 0)
  }

  /// What a file may hold, and no interval is made of: neither a trap nor a number.
  @Test(arguments: [
    [.nan, 1, 2], [.infinity, 1, 2], [-.infinity, .infinity, 0], [1e308, -1e308, 1e308],
    [1e-170, 2e-170, 3e-170, 5e-170, 6e-170, 9e-170],
    [.leastNonzeroMagnitude, 0, .leastNonzeroMagnitude],
  ])
  func strangeNumbersGiveNoIntervalOfThem(differences: [Double]) {
    let found = PairedComparison(differences)
    let intervals = [
      found?.interval, found?.bootstrapInterval, found?.hodgesLehmannInterval,
      found?.corrected(testToTrain: 0.25)?.interval, Bootstrap.interval(differences),
      SampleStatistics(differences)?.interval(),
    ].compactMap { $0 }
    for interval in intervals { #expect(interval.lower < interval.upper) }
    if !differences.allSatisfy(\.isFinite) { #expect(found == nil) }
  }

  /// Wilcoxon's p and the interval that inverts it agree on whether there is a difference.
  @Test(arguments: 0..<36)
  func intervalAndPAgree(round: Int) throws {
    let count = 6 + round % 9
    // Few values, so that there are ties and zeros.
    let differences = (0..<count).map { index in
      let mixed = (round &* 7_919 &+ index &* 104_729 &+ index &* index &* 31) % 11
      return Double(mixed - 4) / 100
    }
    let found = try #require(PairedComparison(differences))
    guard let interval = found.hodgesLehmannInterval else { return }
    #expect(interval.contains(found.hodgesLehmann), "\(differences)")
    if found.wilcoxonPValue > 0.05 {
      #expect(interval.contains(0), "\(differences)")
    } else {
      // Ends may be zero themselves, where the test leaves zeros out.
      #expect(interval.lower >= 0 || interval.upper <= 0, "\(differences)")
      #expect(found.direction == (interval.upper > 0 ? 1 : -1), "\(differences)")
    }
  }
}
