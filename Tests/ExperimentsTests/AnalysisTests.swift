import Experiments
import Foundation
import Testing

/// A study with made-up numbers.
private struct MadeUp {
  var dataset = "mnist"
  var names = ["relu", "gelu", "srelu"]
  var seeds = 8
  var testToTrain: Double?
  /// Test accuracy of an activation and a seed.
  var accuracy: (String, Int) -> Double = { _, _ in 0.9 }
  /// Test F1; nil for the accuracy.
  var f1: ((String, Int) -> Double)?
  /// Train minus test accuracy.
  var gap: (String, Int) -> Double = { _, _ in 0.01 }
  /// Test loss of an epoch.
  var loss: (String, Int, Int) -> Double = { _, seed, epoch in 1 / Double(epoch + seed + 1) }
  var dead: (String) -> Int = { _ in 0 }
  var observesLayers = true
  var stepSeconds: (String, Int) -> Double = { _, _ in 0.01 }
  var besideOthers: (String, Int) -> Bool = { _, _ in false }
  /// Samples of the test set, whose confusion matrix agrees with the accuracy then.
  var testCount: Int64?

  var analysis: StudyAnalysis {
    let activations = names.compactMap { ActivationCatalogue.entry(named: $0)?.resolved() }
    let trials = activations.flatMap { activation in
      (0..<seeds).map { result(activation, seed: $0) }
    }
    return StudyAnalysis(
      StudyResults(
        name: "made-up", activations: activations, trialCount: trials.count, trials: trials,
        testToTrain: testToTrain.map { [dataset: $0] } ?? [:]))
  }

  private func result(_ activation: ActivationSpec, seed: Int) -> StudyResults.TrialResult {
    let trial = Trial(
      dataset: DatasetSpec(name: dataset), architecture: .ffnn, activation: activation,
      training: TrainingSpec(epochs: 6), seed: UInt64(seed))
    let value = accuracy(activation.name, seed)
    func scores(_ accuracy: Double) -> ClassificationScores {
      ClassificationScores(
        loss: 0.1, accuracy: accuracy, precision: accuracy, recall: accuracy,
        f1: f1?(activation.name, seed) ?? accuracy)
    }
    let layer = LayerRecord(
      layer: "fc1", units: 512, deadUnits: dead(activation.name), saturatedShare: 0, mean: 0,
      standardDeviation: 1, gradientNorm: 1)
    let epochs = (1...6).map { epoch in
      EpochRecord(
        epoch: epoch, trainLoss: 1, trainAccuracy: 1, testLoss: loss(activation.name, seed, epoch),
        testAccuracy: value, seconds: 1, stepSeconds: stepSeconds(activation.name, seed),
        layers: observesLayers ? [layer] : [])
    }
    let counts = testCount.map { count in
      let right = Int64((value * Double(count)).rounded())
      return [[right, count - right], [0, 0]]
    }
    let confusion = ConfusionMatrix(rows: counts ?? [[1, 0], [0, 1]])
    let outcome = TrialOutcome(
      test: scores(value), train: scores(value + gap(activation.name, seed)),
      confusion: confusion, classNames: ["a", "b"], epochs: epochs,
      ranks: 1, seconds: 6)
    return StudyResults.TrialResult(
      summary: TrialSummary(trial, outcome), epochs: epochs, confusion: outcome.confusion,
      classNames: outcome.classNames, ranBesideOthers: besideOthers(activation.name, seed))
  }

  func verdict(_ id: String) throws -> Verdict {
    try #require(analysis.claims.first { $0.id == id }).verdict
  }
}

/// SReLU ahead of the others by so much, and a spread that all seeds share.
private func ahead(by size: Double, noise: Double = 0) -> (String, Int) -> Double {
  { name, seed in
    // Another small number for each name and seed, so that no two differences are equal.
    let own = Double((seed * 7 + name.count * 3) % 11) * 1e-5
    return 0.9 + Double(seed) * 0.001 + own
      + (name == "srelu" ? size + (seed % 2 == 0 ? noise : -noise) : 0)
  }
}

@Suite struct AnalysisTests {
  /// Whatever other measures there are: p is adjusted for the rivals in the same measure alone.
  @Test func pIsAdjustedWithinEachMeasure() throws {
    let place = try #require(
      MadeUp(
        accuracy: ahead(by: 0.0002, noise: 0.0005), gap: { 0.01 + Double($0.count * $1 % 7) / 1000 }
      ).analysis.places.first)
    var compared = 0
    for measure in Measure.shown(in: .tests) {
      let pairings = try #require(place.pairings[measure])
      #expect(pairings.count == 2)
      let adjusted = holmAdjusted(pairings.map { $0.pValue ?? 1 })
      for (pairing, expected) in zip(pairings, adjusted) where pairing.pValue != nil {
        #expect(pairing.adjustedPValue == expected, "\(measure.key)")
        compared += 1
      }
    }
    #expect(compared >= 3 * 2)
  }

  @Test func highestAccuracy() throws {
    #expect(try MadeUp(accuracy: ahead(by: 0.01)).verdict("highest-accuracy") == .supported)
    #expect(try MadeUp(accuracy: ahead(by: -0.01)).verdict("highest-accuracy") == .contradicted)
    #expect(
      try MadeUp(accuracy: ahead(by: 0, noise: 0.01)).verdict("highest-accuracy") == .notSupported)
    // 2 / 2⁵ = 0.0625 can't be below 0.05, whatever the numbers.
    #expect(
      try MadeUp(seeds: 5, accuracy: ahead(by: 0.01)).verdict("highest-accuracy") == .undecided)
    #expect(
      try MadeUp(seeds: 1, accuracy: ahead(by: 0.01)).verdict("highest-accuracy") == .undecided)
    #expect(
      try MadeUp(dataset: "wdbc", accuracy: ahead(by: 0.01)).verdict("highest-accuracy")
        == .undecided)
  }

  /// Seven seeds reach 2 / 2⁷ = 0.0156: enough for three comparisons after Holm, not for four.
  @Test func manyComparisonsNeedMoreSeeds() throws {
    let three = MadeUp(
      names: ["relu", "gelu", "elu", "srelu"], seeds: 7, accuracy: ahead(by: 0.01))
    #expect(try three.verdict("highest-accuracy") == .supported)
    let four = MadeUp(
      names: ["relu", "gelu", "elu", "tanh", "srelu"], seeds: 7, accuracy: ahead(by: 0.01))
    #expect(try four.verdict("highest-accuracy") == .undecided)
    #expect(SeedAdvice.fewestSeeds(comparisons: 3) == 7)
    #expect(SeedAdvice.fewestSeeds(comparisons: 4) == 8)
    #expect(four.analysis.answer.last?.contains("at least 8 seeds") == true)
  }

  @Test func aboutATenthOfAPercentOnMNIST() throws {
    #expect(try MadeUp(accuracy: ahead(by: 0.001)).verdict("mnist-f1") == .supported)
    #expect(try MadeUp(accuracy: ahead(by: 0.0002)).verdict("mnist-f1") == .contradicted)
    #expect(try MadeUp(accuracy: ahead(by: -0.001)).verdict("mnist-f1") == .contradicted)
    #expect(
      try MadeUp(accuracy: ahead(by: 0.001, noise: 0.02)).verdict("mnist-f1") == .notSupported)
    #expect(try MadeUp(seeds: 4, accuracy: ahead(by: 0.001)).verdict("mnist-f1") == .undecided)
  }

  /// Where splits overlap the corrected test counts: it is wider than the plain one.
  @Test func overlappingSplitsWidenTheInterval() throws {
    let plain = MadeUp(dataset: "wdbc", accuracy: ahead(by: 0.003, noise: 0.004))
    var overlapping = plain
    overlapping.testToTrain = 0.25
    let a = try #require(plain.analysis.places[0].pairings[.accuracy]?.first)
    let b = try #require(overlapping.analysis.places[0].pairings[.accuracy]?.first)
    #expect(a.advantages == b.advantages)
    #expect(b.test == "corrected resampled t test")
    let narrow = try #require(a.comparison?.interval)
    let wide = try #require(b.interval)
    // √(1/8 + 1/4) against √(1/8): √3 times as wide.
    let ratio = (wide.upper - wide.lower) / (narrow.upper - narrow.lower)
    #expect(abs(ratio - 3.0.squareRoot()) < 1e-9)
    overlapping.accuracy = ahead(by: 0.01)
    #expect(try overlapping.verdict("wdbc-accuracy") == .supported)
    overlapping.accuracy = ahead(by: 0.001)
    #expect(try overlapping.verdict("wdbc-accuracy") == .contradicted)
  }

  @Test func smallerIsBetterForLossesAndGaps() throws {
    let faster = MadeUp(loss: { name, seed, epoch in
      (name == "srelu" ? 0.5 : 1 + Double(seed) * 1e-3) / Double(epoch + 1) + Double(seed) * 0.01
    })
    #expect(try faster.verdict("convergence") == .supported)
    let slower = MadeUp(loss: { name, seed, epoch in
      (name == "srelu" ? 2 + Double(seed) * 1e-3 : 1) / Double(epoch + 1) + Double(seed) * 0.01
    })
    #expect(try slower.verdict("convergence") == .contradicted)
    let place = slower.analysis.places[0]
    // The loss that all reach is the worst one's last; SReLU needs all six epochs for it.
    let epochs = place.cells.map { $0.values(.epochsToLoss) }
    #expect(epochs[2].contains(6))
    #expect((epochs[0].max() ?? 9) < 6)
    let narrow = MadeUp(gap: { name, seed in
      (name == "srelu" ? 0.01 : 0.02 + Double(seed) * 1e-4) + Double(seed) * 0.001
    })
    #expect(try narrow.verdict("gap") == .supported)
  }

  @Test func deadUnitsAndCost() throws {
    #expect(try MadeUp(dead: { $0 == "relu" ? 5 : 0 }).verdict("dead-units") == .supported)
    #expect(try MadeUp(dead: { $0 == "srelu" ? 1 : 0 }).verdict("dead-units") == .contradicted)
    func cost(_ factor: Double, _ spread: Double) throws -> Verdict {
      try MadeUp(stepSeconds: { name, seed in
        0.01 * (name == "srelu" ? factor + spread * Double(seed % 3 - 1) : 1)
      }).verdict("cost")
    }
    #expect(try cost(1.02, 0.01) == .supported)
    #expect(try cost(1.3, 0.01) == .contradicted)
    #expect(try cost(1.1, 0.1) == .notSupported)
  }

  /// A rising number for each seed and name, SReLU's lower by a share or by turns.
  private static func falling(
    by share: Double, noise: Double = 0
  ) -> (String, Int) -> Double {
    { name, seed in
      let turn = seed.isMultiple(of: 2) ? noise : -noise
      return 0.02 + Double(seed) * 0.001 + Double((seed * 5 + name.count) % 7) * 1e-5
        - (name == "srelu" ? share + turn : 0)
    }
  }

  private static func losses(
    by share: Double, noise: Double = 0
  ) -> (String, Int, Int) -> Double {
    let shift = falling(by: share, noise: noise)
    return { name, seed, epoch in 0.1 / Double(epoch) + shift(name, seed) }
  }

  private static func wdbc(
    seeds: Int = 8, _ accuracy: @escaping (String, Int) -> Double
  ) -> MadeUp {
    MadeUp(dataset: "wdbc", seeds: seeds, testToTrain: 0.25, accuracy: accuracy)
  }

  /// Every verdict that each claim can have.
  @Test func everyClaimHasEachOfItsVerdicts() throws {
    let superior: [(Verdict, (String, Int) -> Double)] = [
      (.supported, ahead(by: 0.01)), (.contradicted, ahead(by: -0.01)),
      (.notSupported, ahead(by: 0, noise: 0.01)),
    ]
    for id in ["highest-accuracy", "highest-f1"] {
      for (verdict, accuracy) in superior {
        #expect(try MadeUp(accuracy: accuracy).verdict(id) == verdict, "\(id)")
      }
      #expect(try MadeUp(seeds: 5, accuracy: superior[0].1).verdict(id) == .undecided, "\(id)")
    }
    for id in ["wdbc-accuracy", "wdbc-f1"] {
      #expect(try Self.wdbc(ahead(by: 0.01)).verdict(id) == .supported, "\(id)")
      #expect(try Self.wdbc(ahead(by: 0.001)).verdict(id) == .contradicted, "\(id)")
      #expect(try Self.wdbc(ahead(by: 0.002, noise: 0.02)).verdict(id) == .notSupported, "\(id)")
      for seeds in [2, 4] {
        #expect(try Self.wdbc(seeds: seeds, ahead(by: 0.01)).verdict(id) == .undecided, "\(id)")
        #expect(try Self.wdbc(seeds: seeds, ahead(by: -0.1)).verdict(id) == .undecided, "\(id)")
      }
    }
    #expect(try MadeUp(loss: Self.losses(by: 0.01)).verdict("convergence") == .supported)
    #expect(try MadeUp(loss: Self.losses(by: -0.01)).verdict("convergence") == .contradicted)
    #expect(
      try MadeUp(loss: Self.losses(by: 0, noise: 0.01)).verdict("convergence") == .notSupported)
    #expect(try MadeUp(seeds: 5, loss: Self.losses(by: 1)).verdict("convergence") == .undecided)
    #expect(try MadeUp(gap: Self.falling(by: 0.01)).verdict("gap") == .supported)
    #expect(try MadeUp(gap: Self.falling(by: -0.01)).verdict("gap") == .contradicted)
    #expect(try MadeUp(gap: Self.falling(by: 0, noise: 0.01)).verdict("gap") == .notSupported)
    #expect(try MadeUp(seeds: 5, gap: Self.falling(by: 1)).verdict("gap") == .undecided)
    #expect(try MadeUp(observesLayers: false).verdict("dead-units") == .undecided)
    for seeds in [1, 2, 4] { #expect(try MadeUp(seeds: seeds).verdict("cost") == .undecided) }
  }

  /// Few seeds can neither support nor contradict, however far apart the numbers are.
  @Test func fewSeedsDecideNothing() throws {
    for size in [0.1, -0.1] {
      let five = MadeUp(seeds: 5, accuracy: ahead(by: size))
      #expect(try five.verdict("mnist-f1") == .undecided)
      // All differences equal: no spread, yet no certainty from two splits.
      let two = MadeUp(
        dataset: "wdbc", seeds: 2, testToTrain: 0.25,
        accuracy: { name, _ in name == "srelu" ? 0.9 + size : 0.9 })
      #expect(try two.verdict("wdbc-accuracy") == .undecided)
    }
  }

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
        for pairing in try #require(study.analysis.places[0].pairings[.accuracy]) {
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
    let pairings = try #require(study.analysis.places[0].pairings[.accuracy])
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
    let pairing = try #require(study.analysis.places[0].pairings[.accuracy]?.first)
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
      let pairing = try #require(study(size).analysis.places[0].pairings[.f1]?.first)
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
    let pairing = try #require(gap.analysis.places[0].pairings[.generalisationGap]?.first)
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
          gap: Self.falling(by: 0.01), testCount: 114)
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

  /// A stated size is contradicted by an interval below it, which is said: the p is that of none at all.
  @Test func whatContradictsASizeIsSaid() throws {
    let study = MadeUp(
      dataset: "wdbc", names: ["relu", "srelu"], seeds: 8, testToTrain: 0.25,
      accuracy: ahead(by: 0, noise: 0.0005))
    let claim = try #require(study.analysis.claims.first { $0.id == "wdbc-f1" })
    #expect(claim.verdict == .contradicted)
    #expect(claim.evidence[0].text.hasSuffix("; the whole interval is below +0.0020"))
  }

  /// Where no result could decide, the first paragraph has no interval.
  @Test func tooFewSeedsGiveTheAnswerNoInterval() throws {
    // Six seeds reach 2 / 2⁶ = 0.031: enough for one comparison, not for two.
    for (names, isEnough) in [(["relu", "srelu"], true), (["relu", "gelu", "srelu"], false)] {
      let analysis = MadeUp(names: names, seeds: 6, accuracy: ahead(by: 0.01)).analysis
      let first = try #require(analysis.answer.first)
      #expect(first.contains("[") == isEnough, "\(first)")
      #expect(first.contains("+0.0100"), "\(first)")
    }
    for seeds in [4, 5] {
      let wdbc = Self.wdbc(seeds: seeds, ahead(by: 0.01))
      #expect(wdbc.analysis.answer.first?.contains("[") == (seeds == 5))
    }
  }

  /// The direction is the test's own: nineteen small wins outweigh one collapse in it.
  @Test func oneCollapsedSeedDoesntTurnTheVerdict() throws {
    let study = MadeUp(
      names: ["gelu", "srelu"], seeds: 20,
      accuracy: { name, seed in
        name == "srelu" ? (seed == 0 ? 0.8 : 0.901 + Double(seed) * 1e-5) : 0.9
      })
    let pairing = try #require(study.analysis.places[0].pairings[.accuracy]?.first)
    #expect((pairing.comparison?.mean ?? 0) < 0)
    #expect(pairing.isShownBetter && !pairing.isShownWorse)
    // The median of the means of pairs; the interval inverts the test (statistics.py has the sample).
    #expect(abs(try #require(pairing.estimate) - 0.001095) < 1e-9)
    #expect(abs(try #require(pairing.interval).lower - 0.00106) < 1e-9)
    let claim = try #require(study.analysis.claims.first { $0.id == "highest-accuracy" })
    #expect(claim.verdict == .supported)
    #expect(claim.evidence[0].text.contains("the mean, -0.0040, has the other sign"))
    #expect(study.analysis.answer[1].contains("has the other sign"))
    #expect(
      study.analysis.answer[0].hasSuffix("; the mean, -0.0040, has the other sign)."))
    // And the other way around.
    let mirrored = MadeUp(
      names: ["gelu", "srelu"], seeds: 20,
      accuracy: { name, seed in
        name == "gelu" ? (seed == 0 ? 0.8 : 0.901 + Double(seed) * 1e-5) : 0.9
      })
    #expect(try mirrored.verdict("highest-accuracy") == .contradicted)
  }

  /// Zeros have no say in Wilcoxon's test: three others among eight can't go below 2/2³.
  @Test func zerosDontCountAsSeeds() throws {
    let study = MadeUp(
      names: ["relu", "srelu"],
      accuracy: { name, seed in name == "srelu" && [3, 5, 7].contains(seed) ? 0.85 : 0.9 })
    let pairing = try #require(study.analysis.places[0].pairings[.accuracy]?.first)
    #expect(pairing.pValue == 0.25)
    #expect(pairing.smallestPValue == 0.25)
    let claim = try #require(study.analysis.claims.first { $0.id == "highest-accuracy" })
    #expect(claim.verdict == .undecided)
    #expect(claim.evidence[0].text.contains("3 of 8 differences aren't zero"))
  }

  /// Times of a machine that does other work beside say nothing.
  @Test func noisyTimesDecideNothing() throws {
    func cost(_ times: @escaping (String, Int) -> Double) -> MadeUp { MadeUp(stepSeconds: times) }
    // Half of what it takes ReLU, by steps that vary by a fifth to either side.
    let noisy: [(String, Int) -> Double] = [
      { name, seed in (name == "srelu" ? 0.005 : 0.01) * (seed % 2 == 0 ? 0.8 : 1.2) },
      { name, seed in name == "srelu" ? 0.005 : seed % 2 == 0 ? 0.008 : 0.012 },
      { name, seed in name == "srelu" ? (seed == 3 ? 0.02 : 0.01) : 0.01 + Double(seed) * 1e-5 },
    ]
    for times in noisy {
      let claim = try #require(cost(times).analysis.claims.first { $0.id == "cost" })
      #expect(claim.verdict == .undecided)
      #expect(claim.evidence[0].text.contains("timing too noisy"))
    }
    let quiet: (String, Int) -> Double = { name, seed in
      name == "srelu" ? 0.005 : 0.01 * (seed % 2 == 0 ? 0.9 : 1.1)
    }
    #expect(try cost(quiet).verdict("cost") == .supported)
    var shared = cost(quiet)
    shared.besideOthers = { name, seed in name == "relu" && seed == 2 }
    let claim = try #require(shared.analysis.claims.first { $0.id == "cost" })
    #expect(claim.verdict == .undecided)
    #expect(claim.evidence[0].text.contains("1 of 16 trials ran beside others"))
  }

  /// A loss that is no finite number gives no difference, and no crash.
  @Test func infiniteLossesAreLeftOut() throws {
    let study = MadeUp(loss: { name, seed, epoch in
      seed == 0 ? (name == "relu" ? .infinity : .nan) : Double(seed + name.count) / Double(epoch)
    })
    let pairings = try #require(study.analysis.places[0].pairings[.earlyLoss])
    #expect(pairings.map(\.advantages.count) == [7, 7])
  }

  /// The same function with another parameter is no rival of its own.
  @Test func variantsOfTheSubjectAreNoRivals() throws {
    let plain = try #require(ActivationCatalogue.entry(named: "srelu")?.resolved())
    var strong = plain
    strong.parameters["beta"] = 0.9
    var results = MadeUp(accuracy: ahead(by: 0.01)).analysis.results
    results.activations.append(strong)
    results.trials += results.trials.filter { $0.summary.activationSpec == plain }.map { trial in
      var better = trial
      better.summary.activationParameters = strong.parameters
      better.summary.test?.accuracy += 0.05
      return better
    }
    let analysis = StudyAnalysis(results)
    #expect(analysis.subject == plain)
    #expect(analysis.places[0].cells.count == 4)
    #expect(analysis.places[0].pairings[.accuracy]?.map(\.baseline.name) == ["relu", "gelu"])
    #expect(analysis.claims.first { $0.id == "highest-accuracy" }?.verdict == .supported)
    // Alone with its variants, they are what it is compared with.
    results.trials.removeAll { $0.summary.activationSpec.name != "srelu" }
    #expect(StudyAnalysis(results).places[0].pairings[.accuracy]?.map(\.baseline) == [strong])
  }

  /// The first paragraph says by how much and how sure.
  @Test func theAnswerBeginsWithNumbers() throws {
    let analysis = MadeUp(accuracy: ahead(by: 0.01)).analysis
    let pairing = try #require(
      analysis.places[0].pairings[.accuracy]?.max {
        a, b in (a.estimate ?? 0) > (b.estimate ?? 0)
      })
    let estimate = try #require(pairing.estimate)
    let first = try #require(analysis.answer.first)
    #expect(first.contains("Shown for 1 of 1 combination"))
    #expect(first.contains(String(format: "%+.4f [", estimate)))
    #expect(first.contains("against \(pairing.baseline.shortDisplayLabel), p = 0.0156"))
  }

  /// Overlapping splits: a small difference needs more seeds than there can be.
  @Test func seedsNeededCountComparisonsAndOverlap() throws {
    let apart = MadeUp(accuracy: ahead(by: 0.001, noise: 0.002))
    var overlapping = apart
    overlapping.dataset = "wdbc"
    overlapping.testToTrain = 0.25
    let a = try #require(apart.analysis.places[0].pairings[.accuracy]?.first)
    let b = try #require(overlapping.analysis.places[0].pairings[.accuracy]?.first)
    #expect(a.familySize == 2)
    let alone = try #require(a.comparison?.seedsNeeded())
    let amongTwo = try #require(a.seedsNeeded)
    #expect(amongTwo > alone)
    #expect(b.seedsNeeded == nil)
  }

  @Test func studiesWithoutSReLUHaveNoClaims() {
    let analysis = MadeUp(names: ["relu", "gelu"]).analysis
    #expect(analysis.claims.isEmpty)
    #expect(analysis.subject?.name == "gelu")
    #expect(analysis.answer.first?.contains("GELU") == true)
  }

  @Test func nothingFinishedIsSaid() {
    let srelu = ActivationCatalogue.entry(named: "srelu")?.resolved()
    let analysis = StudyAnalysis(
      StudyResults(
        name: "empty", activations: [srelu].compactMap { $0 }, trialCount: 3, trials: []))
    #expect(analysis.answer.count == 1)
    #expect(analysis.answer[0].contains("finished yet"))
    #expect(analysis.claims.allSatisfy { $0.verdict == .undecided })
  }

  /// Seeds that only one of the two finished don't count.
  @Test func onlyCommonSeedsArePaired() throws {
    let all = MadeUp(accuracy: ahead(by: 0.01)).analysis.results
    var fewer = all
    fewer.trials.removeAll {
      ($0.summary.activation == "relu" && $0.summary.seed < 3)
        || ($0.summary.activation == "srelu" && $0.summary.seed == 7)
    }
    let pairings = try #require(StudyAnalysis(fewer).places.first?.pairings[.accuracy])
    let relu = try #require(pairings.first { $0.baseline.name == "relu" })
    let gelu = try #require(pairings.first { $0.baseline.name == "gelu" })
    #expect(relu.advantages.count == 4)
    #expect(gelu.advantages.count == 7)
    #expect(relu.advantages.allSatisfy { abs($0 - 0.01) < 0.001 })
  }
}
