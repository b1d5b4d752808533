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
    try #require(cases.count == 8)
    for expected in cases {
      let found = try #require(PairedComparison(expected.differences))
      let comment = Comment(rawValue: "\(expected.differences)")
      #expect(near(found.mean, expected.mean), comment)
      #expect(near(found.standardDeviation, expected.standardDeviation), comment)
      #expect(near(found.interval, expected.interval), comment)
      #expect(near(found.tPValue, expected.tP), comment)
      #expect(near(found.wilcoxonPValue, expected.wilcoxonP), comment)
      #expect(near(try #require(found.effectSize), expected.effectSize), comment)
      #expect(near(found.effectSizeInterval, expected.effectSizeInterval, 1e-6), comment)
      let corrected = found.corrected(testToTrain: 0.25)
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

  @Test func differencesWithoutSpread() throws {
    let zeros = try #require(PairedComparison([0, 0, 0]))
    #expect(zeros.tPValue == 1)
    #expect(zeros.wilcoxonPValue == 1)
    #expect(zeros.effectSize == nil)
    #expect(zeros.seedsNeeded() == nil)
    // 0.3 - 0.2 and 0.2 - 0.1 differ by rounding alone.
    for differences in [[0.5, 0.5, 0.5], [0.3 - 0.2, 0.2 - 0.1, 0.1]] {
      let same = try #require(PairedComparison(differences))
      // Three seeds can't be surer than 2 / 2³, however equal they are.
      #expect(same.tPValue == 0.25)
      #expect(same.corrected(testToTrain: 0.25).pValue == 0.25)
      #expect(same.effectSize == nil)
      #expect(same.seedsNeeded() == 6)
    }
    #expect(
      PairedComparison([0.5, 0.5, 0.5])?.bootstrapInterval == Interval(lower: 0.5, upper: 0.5))
    #expect(PairedComparison([1]) == nil)
    #expect(FriedmanTest([[1, 2]]) == nil)
    #expect(FriedmanTest([[1, 1], [1, 1]])?.statistic == 0)
  }
}
