import Experiments
import Foundation
import Testing

/// The subject against each other activation, seed by seed.
@Suite struct PairingTests {
  /// Whatever other measures there are: p is adjusted for the rivals in the same measure alone.
  @Test func pIsAdjustedWithinEachMeasure() throws {
    let block = try #require(
      MadeUp(
        accuracy: ahead(by: 0.0002, noise: 0.0005), gap: { 0.01 + Double($0.count * $1 % 7) / 1000 }
      ).analysis.blocks.first)
    var compared = 0
    for measure in Measure.shown(in: .tests) {
      let pairings = try #require(block.pairings[measure])
      #expect(pairings.count == 2)
      let adjusted = holmAdjusted(pairings.map { $0.pValue ?? 1 })
      for (pairing, expected) in zip(pairings, adjusted) where pairing.pValue != nil {
        #expect(pairing.adjustedPValue == expected, "\(measure.key)")
        compared += 1
      }
    }
    #expect(compared >= 3 * 2)
  }

  /// Where splits overlap the corrected test counts: it is wider than the plain one.
  @Test func overlappingSplitsWidenTheInterval() throws {
    let plain = MadeUp(dataset: "wdbc", accuracy: ahead(by: 0.003, noise: 0.004))
    var overlapping = plain
    overlapping.testToTrain = 0.25
    let a = try #require(plain.analysis.blocks[0].pairings[.accuracy]?.first)
    let b = try #require(overlapping.analysis.blocks[0].pairings[.accuracy]?.first)
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

  /// The direction is the test's own: nineteen small wins outweigh one collapse in it.
  @Test func oneCollapsedSeedDoesntTurnTheVerdict() throws {
    let study = MadeUp(
      names: ["gelu", "srelu"], seeds: 20,
      accuracy: { name, seed in
        name == "srelu" ? (seed == 0 ? 0.8 : 0.901 + Double(seed) * 1e-5) : 0.9
      })
    let pairing = try #require(study.analysis.blocks[0].pairings[.accuracy]?.first)
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
    let pairing = try #require(study.analysis.blocks[0].pairings[.accuracy]?.first)
    #expect(pairing.pValue == 0.25)
    #expect(pairing.smallestPValue == 0.25)
    let claim = try #require(study.analysis.claims.first { $0.id == "highest-accuracy" })
    #expect(claim.verdict == .undecided)
    #expect(claim.evidence[0].text.contains("3 of 8 differences aren't zero"))
  }

  /// A loss that is no finite number gives no difference, and no crash.
  @Test func infiniteLossesAreLeftOut() throws {
    let study = MadeUp(loss: { name, seed, epoch in
      seed == 0 ? (name == "relu" ? .infinity : .nan) : Double(seed + name.count) / Double(epoch)
    })
    let pairings = try #require(study.analysis.blocks[0].pairings[.earlyLoss])
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
      better.summary.activationSpec.parameters = strong.parameters
      better.summary.test?.accuracy += 0.05
      return better
    }
    let analysis = StudyAnalysis(results)
    #expect(analysis.subject == plain)
    #expect(analysis.blocks[0].cells.count == 4)
    #expect(analysis.blocks[0].pairings[.accuracy]?.map(\.baseline.name) == ["relu", "gelu"])
    #expect(analysis.claims.first { $0.id == "highest-accuracy" }?.verdict == .supported)
    // Alone with its variants, they are what it is compared with.
    results.trials.removeAll { $0.summary.activationSpec.name != "srelu" }
    #expect(StudyAnalysis(results).blocks[0].pairings[.accuracy]?.map(\.baseline) == [strong])
  }

  /// Seeds that only one of the two finished don't count.
  @Test func onlyCommonSeedsArePaired() throws {
    let all = MadeUp(accuracy: ahead(by: 0.01)).analysis.results
    var fewer = all
    fewer.trials.removeAll {
      ($0.summary.activation == "relu" && $0.summary.seed < 3)
        || ($0.summary.activation == "srelu" && $0.summary.seed == 7)
    }
    let pairings = try #require(StudyAnalysis(fewer).blocks.first?.pairings[.accuracy])
    let relu = try #require(pairings.first { $0.baseline.name == "relu" })
    let gelu = try #require(pairings.first { $0.baseline.name == "gelu" })
    #expect(relu.advantages.count == 4)
    #expect(gelu.advantages.count == 7)
    #expect(relu.advantages.allSatisfy { abs($0 - 0.01) < 0.001 })
  }
}
