import Foundation
import Reports
import Storage
import Testing
import srelu

/// The report of the committed study beside what SciPy says of it.
@Suite struct FixtureReportTests {
  private struct Expected: Decodable {
    struct Score: Decodable {
      var mean: Double
      var sd: Double
    }
    struct Pair: Decodable {
      var mean: Double
      var p: Double
      var adjusted_p: Double
      var estimate: Double
      var lower: Double
      var upper: Double
    }
    struct Ranking: Decodable {
      var mean_ranks: [String: Double]
      var statistic: Double
      var p: Double
      var critical_difference: Double
    }
    /// By block, activation and measure.
    var scores: [String: [String: [String: Score]]]
    /// By block, measure and rival.
    var pairs: [String: [String: [String: Pair]]]
    var ranking: Ranking
    /// By claim and block.
    var verdicts: [String: [String: String]]
  }

  /// `report.json`, as far as it is compared.
  private struct Report: Decodable {
    struct Pairing: Decodable {
      struct Comparison: Decodable { var mean: Double }
      struct Interval: Decodable {
        var lower: Double
        var upper: Double
      }
      var block: String
      var against: String
      var measure: String
      var p: Double?
      var adjusted_p: Double?
      var smallest_p: Double
      var comparison: Comparison
      var estimate: Double?
      var interval: Interval?
    }
    struct Ranking: Decodable {
      struct Test: Decodable {
        var mean_ranks: [Double]
        var statistic: Double
        var p: Double
        var critical_difference: Double
      }
      var activations: [String]
      var test: Test
    }
    struct Claim: Decodable {
      struct Evidence: Decodable {
        var block: String
        var verdict: String
      }
      var id: String
      var verdict: String
      var evidence: [Evidence]
    }
    var claims: [Claim]
    var subject: String
    var complete: Bool
    var answer: [String]
    var pairings: [Pairing]
    var ranking: Ranking
  }

  private static let expected = Result {
    try JSONDecoder().decode(
      Expected.self, from: Data(contentsOf: Fixture.folder.appendingPathComponent("expected.json")))
  }

  private func written<Value>(_ body: (String, Report) throws -> Value) throws -> Value {
    try Fixture.inFolder { folder in
      let study = try StudyReader(folder: Fixture.study).reported(subject: nil)
      _ = try ReportWriter(folder: folder, drawsFigures: false).write([study])
      let json = try Data(contentsOf: URL(fileURLWithPath: folder + "/report.json"))
      return try body(folder, try JSONDecoder().decode(Report.self, from: json))
    }
  }

  private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-9 }

  @Test func pairingsAreSciPys() throws {
    let expected = try Self.expected.get()
    try written { _, report in
      #expect(report.subject == "srelu")
      #expect(report.complete)
      var (compared, intervals) = (0, 0)
      for (block, measures) in expected.pairs {
        let label = block.split(separator: " ")
        for (measure, rivals) in measures {
          for (rival, pair) in rivals {
            let found = try #require(
              report.pairings.first {
                $0.block.hasPrefix("\(label[0]) × \(label[1])") && $0.measure == measure
                  && $0.against == rival
              }, "\(block) \(measure) \(rival)")
            #expect(isClose(found.comparison.mean, pair.mean), "\(block) \(measure) \(rival)")
            let numbers = [
              (found.p, pair.p), (found.adjusted_p, pair.adjusted_p),
              (found.estimate, pair.estimate),
            ]
            for (number, expected) in numbers {
              #expect(
                isClose(try #require(number), expected), "\(block) \(measure) \(rival)")
            }
            // So few seeds beside so many rivals that no result could decide: SciPy's interval isn't given.
            if found.smallest_p > 0.05 {
              #expect(found.interval == nil, "\(block) \(measure) \(rival)")
            } else {
              let interval = try #require(found.interval)
              #expect(isClose(interval.lower, pair.lower), "\(block) \(measure) \(rival)")
              #expect(isClose(interval.upper, pair.upper), "\(block) \(measure) \(rival)")
              intervals += 1
            }
            compared += 1
          }
        }
      }
      #expect(compared == 3 * 3 * 2)
      #expect(intervals > 0)
    }
  }

  @Test func verdictsFollowFromSciPysNumbers() throws {
    let expected = try Self.expected.get().verdicts
    try written { _, report in
      #expect(expected.count == 3)
      for (id, blocks) in expected {
        let claim = try #require(report.claims.first { $0.id == id })
        #expect(claim.evidence.count == blocks.count, "\(id)")
        for (block, verdict) in blocks {
          let label = block.replacingOccurrences(of: " ", with: " × ")
          let found = try #require(claim.evidence.first { $0.block.hasPrefix(label) }, "\(id)")
          #expect(found.verdict == verdict, "\(id) \(block)")
        }
      }
      // Neither MNIST nor Fashion-MNIST is part of this study.
      for id in ["highest-accuracy", "highest-f1", "mnist-f1"] {
        let claim = try #require(report.claims.first { $0.id == id })
        #expect(claim.verdict == "undecided" && claim.evidence.isEmpty)
      }
    }
  }

  @Test func ranksAreSciPys() throws {
    let expected = try Self.expected.get().ranking
    try written { _, report in
      let ranking = report.ranking
      #expect(ranking.activations.count == 3)
      for (name, rank) in zip(ranking.activations, ranking.test.mean_ranks) {
        let mean = try #require(expected.mean_ranks[name])
        #expect(isClose(rank, mean))
      }
      #expect(isClose(ranking.test.statistic, expected.statistic))
      #expect(isClose(ranking.test.p, expected.p))
      // SciPy takes the studentised range at infinity from a quadrature of its own.
      #expect(abs(ranking.test.critical_difference - expected.critical_difference) < 1e-4)
    }
  }

  @Test func tablesHoldTheMeans() throws {
    let expected = try Self.expected.get()
    let names = ["relu": "ReLU", "elu": "ELU", "srelu": "SReLU"]
    try written { folder, _ in
      let tables = try FileManager.default.contentsOfDirectory(atPath: folder + "/tables")
      for (block, activations) in expected.scores {
        let prefix = "scores-" + block.replacingOccurrences(of: " ", with: "-")
        let file = try #require(tables.first { $0.hasPrefix(prefix) && $0.hasSuffix(".csv") })
        let lines = try String(contentsOfFile: "\(folder)/tables/\(file)", encoding: .utf8)
          .split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
        for (activation, measures) in activations {
          let row = try #require(lines.first { $0[0] == names[activation] })
          for (measure, score) in measures {
            let column = try #require(lines[0].firstIndex(of: measure))
            #expect(
              isClose(try #require(Double(row[column])), score.mean), "\(block) \(activation)")
          }
        }
      }
    }
  }

  @Test func answerSaysTheNumbers() throws {
    let expected = try Self.expected.get()
    try written { _, report in
      for (block, activations) in expected.scores {
        let label = block.replacingOccurrences(of: " ", with: " × ")
        let sentence = try #require(report.answer.first { $0.hasPrefix(label) })
        let own = try #require(activations["srelu"]?["accuracy"])
        #expect(sentence.contains(String(format: "%.4f ± %.4f (7 seeds)", own.mean, own.sd)))
        let means = activations.values.compactMap { $0["accuracy"]?.mean }
        #expect(sentence.contains("rank \(1 + means.count { $0 > own.mean }) of 3"))
      }
    }
  }
}
