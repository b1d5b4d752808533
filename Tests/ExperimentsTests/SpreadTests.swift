import Experiments
import Foundation
import Testing

/// What differences without spread, or with too little, say.
@Suite struct SpreadTests {
  /// Accuracies of so few samples are often the same for every seed: that is no certainty.
  @Test(arguments: [3, 5, 8, 20])
  func withoutSpreadNothingIsDecided(seeds: Int) throws {
    // 0.1 + 0.2 and 0.3 are equal up to rounding.
    let same: [(String, Int) -> Double] = [
      { _, _ in 0.9 }, { name, _ in name == "srelu" ? 0.3 : 0.1 + 0.2 },
      { name, seed in name == "srelu" ? 0.3 : seed % 2 == 0 ? 0.1 + 0.2 : 0.3 },
      { name, _ in name == "srelu" ? 0.91 : 0.9 }, { name, _ in name == "srelu" ? 0.89 : 0.9 },
    ]
    for (index, accuracy) in same.enumerated() {
      let wdbc = MadeUp(
        dataset: "wdbc", names: ["relu", "srelu"], seeds: seeds, testToTrain: 0.25,
        accuracy: accuracy)
      let mnist = MadeUp(names: ["relu", "srelu"], seeds: seeds, accuracy: accuracy)
      for (study, ids) in [
        (wdbc, ["wdbc-accuracy", "wdbc-f1", "gap"]),
        (mnist, ["highest-accuracy", "highest-f1", "mnist-f1", "gap"]),
      ] {
        for id in ids {
          let claim = try #require(study.analysis.claims.first { $0.id == id })
          #expect(claim.verdict == .undecided, "\(id) \(index)")
          let text = try #require(claim.evidence.first).text
          #expect(text.contains("without spread"), "\(text)")
          #expect(!text.contains("p ="), "\(text)")
          #expect(!text.contains("["), "\(text)")
        }
        for pairing in try #require(study.analysis.blocks[0].pairings[.accuracy]) {
          #expect(pairing.pValue == nil && pairing.adjustedPValue == nil)
          #expect(pairing.interval == nil)
          #expect(!pairing.isShownBetter && !pairing.isShownWorse)
        }
      }
    }
  }

  /// A comparison without spread counts among those that share the level.
  @Test func oneEvenPairingDoesntHelpTheOthers() throws {
    let study = MadeUp(accuracy: { name, seed in
      name == "relu" ? 0.89 + Double(seed % 3) * 0.001 : 0.9 + Double(seed) * 0.001
    })
    let pairings = try #require(study.analysis.blocks[0].pairings[.accuracy])
    let relu = try #require(pairings.first { $0.baseline.name == "relu" })
    #expect(relu.familySize == 2)
    // All eight speak for it: 2 / 2⁸, twice.
    #expect(relu.adjustedPValue == 4.0 / 256)
    #expect(try study.verdict("highest-accuracy") == .undecided)
  }

  /// From one test set to another of n samples a difference varies by √(q/n) at least.
  @Test func overlappingSplitsVaryAtLeastAsTheirTestSetsDo() throws {
    // Eight splits, each one to two samples of 1,000 ahead: sd 0.00046, q/n = 0.00125/1000.
    let study = MadeUp(
      dataset: "wdbc", names: ["relu", "srelu"], testToTrain: 0.25,
      accuracy: { name, seed in name == "relu" ? 0.9 : 0.901 + (seed % 4 == 0 ? 0.001 : 0) },
      testCount: 1_000)
    let pairing = try #require(study.analysis.blocks[0].pairings[.accuracy]?.first)
    let interval = try #require(pairing.interval)
    let t = 2.3646242515927845  // t of 0.975 with 7 degrees of freedom
    let reach = t * (0.00125 / 1_000).squareRoot() * (1.0 / 8 + 0.25).squareRoot()
    #expect(abs(interval.upper - interval.lower - 2 * reach) < 1e-12)
    #expect(abs(interval.lower - (0.00125 - reach)) < 1e-12)
  }

  /// F1 and the gap spread no less than the accuracy of the same samples.
  @Test func whatCountsTestSamplesSpreadsAsAccuracyDoes() throws {
    // Five splits of 114 samples. Accuracy: one sample behind in one of them, one ahead in another; F1
    // is almost the same throughout, and so is the accuracy on the training set.
    let sample = 1.0 / 114
    let lead = [-sample, sample, 0, 0, 0]
    func f1(_ size: Double) -> (String, Int) -> Double {
      { name, seed in 0.9 + (name == "srelu" ? size + 1e-5 * Double(seed - 2) : 0) }
    }
    func study(_ size: Double) -> MadeUp {
      MadeUp(
        dataset: "wdbc", names: ["relu", "srelu"], seeds: 5, testToTrain: 0.25,
        accuracy: { name, seed in 102 * sample + (name == "srelu" ? lead[seed] : 0) },
        f1: f1(size), testCount: 114)
    }
    let t = 2.7764451051977987  // t of 0.975 with 4 degrees of freedom
    // q is 2 of 5 · 114 samples by the accuracies; F1's own mean size is 0.0102 in the last.
    for (size, q) in [(-0.0004, 0.4 / 114), (0, 0.4 / 114), (0.0102, 0.0102)] {
      let claim = try #require(study(size).analysis.claims.first { $0.id == "wdbc-f1" })
      #expect(claim.verdict == .notSupported, "\(size): \(claim.evidence)")
      let pairing = try #require(study(size).analysis.blocks[0].pairings[.f1]?.first)
      let interval = try #require(pairing.interval)
      let reach = t * (q / 114).squareRoot() * (1.0 / 5 + 0.25).squareRoot()
      #expect(abs(interval.lower - (size - reach)) < 1e-9)
      #expect(abs(interval.upper - (size + reach)) < 1e-9)
    }
    // The gap's own differences are those of the accuracy, turned around, and 0.01 from training.
    var gap = study(0)
    gap.gap = { name, seed in
      (name == "srelu" ? 0.01 : 0.02) + 1e-5 * Double(seed % 2)
        * (name == "srelu" ? 1 : 2)
    }
    let pairing = try #require(gap.analysis.blocks[0].pairings[.generalisationGap]?.first)
    let interval = try #require(pairing.interval)
    let reach = t * (0.4 / 114 / 114).squareRoot() * (1.0 / 5 + 0.25).squareRoot()
    #expect(abs(interval.upper - interval.lower - 2 * reach) < 1e-9)
  }

  /// Accuracies that differ by the same amount everywhere say nothing of how far F1 would vary.
  @Test(arguments: [0, 1.0 / 114, -1.0 / 114])
  func withoutSpreadOfAccuracyF1DecidesNothing(lead: Double) throws {
    for size in [0.0101, 0, -0.05] {
      for (dataset, testToTrain, ids) in [
        ("wdbc", 0.25, ["wdbc-accuracy", "wdbc-f1", "gap"]),
        ("mnist", nil, ["highest-accuracy", "highest-f1", "mnist-f1"]),
      ] as [(String, Double?, [String])] {
        let study = MadeUp(
          dataset: dataset, names: ["relu", "srelu"], seeds: 8, testToTrain: testToTrain,
          accuracy: { name, _ in 102.0 / 114 + (name == "srelu" ? lead : 0) },
          f1: { name, seed in 0.9 + (name == "srelu" ? size + 1e-5 * Double(seed + 1) : 0) },
          gap: MadeUp.falling(by: 0.01), testCount: 114)
        for id in ids {
          let claim = try #require(study.analysis.claims.first { $0.id == id })
          #expect(claim.verdict == .undecided, "\(id) \(size)")
          let text = try #require(claim.evidence.first).text
          #expect(text.contains("without spread"), "\(text)")
          #expect(!text.contains("p =") && !text.contains("p <"), "\(text)")
          #expect(!text.contains("["), "\(text)")
        }
      }
    }
  }

  /// Seeds needed go by the spread that the test takes, not by a smaller one that so few differences
  /// happen to have.
  @Test func seedsNeededTakeTheSpreadThatTheTestTakes() throws {
    let differences = [0.001, 0.0012, 0.0009, 0.0011, 0.0013, 0.001, 0.0012, 0.0011]
    let comparison = try #require(PairedComparison(differences))
    // The same mean, spread over as much as is to be taken at the least.
    let least = 0.0015
    let scale = least / comparison.standardDeviation
    let wide = try #require(
      PairedComparison(differences.map { comparison.mean + ($0 - comparison.mean) * scale }))
    #expect(abs(wide.standardDeviation - least) < 1e-12)
    for testToTrain in [nil, 0.01] {
      let needed = try #require(wide.seedsNeeded(testToTrain: testToTrain))
      #expect(needed > 8)
      #expect(comparison.seedsNeeded(testToTrain: testToTrain, leastSpread: least) == needed)
      #expect(wide.seedsNeeded(testToTrain: testToTrain, leastSpread: least / 2) == needed)
    }
  }

  /// Eight splits that are one or two samples of 1,000 ahead: by their own spread, 0.00046, few would do.
  /// Their tests alone vary by √(q/n) = 0.00112, so that with a quarter held out even endlessly many splits
  /// lie 0.00125/0.00112/√0.25 = 2.24 standard errors ahead: that is shown with a chance of
  /// Φ(2.24 − 1.96) = 0.61, never of 0.8.
  @Test func splitsThatVaryLessThanTheirTestsPromiseNothing() throws {
    let study = MadeUp(
      dataset: "wdbc", names: ["relu", "srelu"], testToTrain: 0.25,
      accuracy: { name, seed in name == "relu" ? 0.9 : 0.901 + (seed % 4 == 0 ? 0.001 : 0) },
      testCount: 1_000)
    let pairing = try #require(study.analysis.blocks[0].pairings[.accuracy]?.first)
    #expect(try #require(pairing.comparison).seedsNeeded(testToTrain: 0.25) != nil)
    #expect(pairing.seedsNeeded == nil)
    #expect(!study.analysis.answer.joined().contains("would need"))
  }

  /// Where nothing is known of the spread, no number of seeds is promised: F1 by its own differences would
  /// have one.
  @Test func withoutSpreadOfAccuracyNoSeedsArePromised() throws {
    let study = MadeUp(
      names: ["relu", "srelu"],
      accuracy: { name, _ in name == "srelu" ? 0.91 : 0.9 },
      f1: { name, seed in 0.9 + (name == "srelu" ? 0.01 + 1e-5 * Double(seed) : 0) })
    let pairing = try #require(study.analysis.blocks[0].pairings[.f1]?.first)
    #expect(pairing.comparison?.seedsNeeded() != nil)
    #expect(pairing.seedsNeeded == nil)
  }
}
