import Experiments
import Foundation
import Testing

/// The answer in words, and what few seeds leave of it.
@Suite struct AnswerTests {
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
      let wdbc = MadeUp.wdbc(seeds: seeds, ahead(by: 0.01))
      #expect(wdbc.analysis.answer.first?.contains("[") == (seeds == 5))
    }
  }

  /// The first paragraph says by how much and how sure.
  @Test func theAnswerBeginsWithNumbers() throws {
    let analysis = MadeUp(accuracy: ahead(by: 0.01)).analysis
    let pairing = try #require(
      analysis.blocks[0].pairings[.accuracy]?.max {
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
    let a = try #require(apart.analysis.blocks[0].pairings[.accuracy]?.first)
    let b = try #require(overlapping.analysis.blocks[0].pairings[.accuracy]?.first)
    #expect(a.familySize == 2)
    let alone = try #require(a.comparison?.seedsNeeded())
    let amongTwo = try #require(a.seedsNeeded)
    #expect(amongTwo > alone)
    #expect(b.seedsNeeded == nil)
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

  /// Seeds too few to decide anything give no interval anywhere: in no sentence, table or file, by no
  /// method, and with just enough all of them.
  @Test func tooFewSeedsGiveNoInterval() throws {
    // One comparison takes six seeds, 2 / 2⁶ = 0.031, and three of them seven, 2 / 2⁷ · 3 = 0.047.
    for (names, fewest) in [(["relu", "srelu"], 6), (["relu", "gelu", "elu", "srelu"], 7)] {
      for seeds in [fewest - 1, fewest] {
        var study = MadeUp(names: names, seeds: seeds, accuracy: ahead(by: 0.01))
        study.loss = MadeUp.losses(by: 0.01)
        study.gap = MadeUp.falling(by: 0.01)
        try check(study, hasIntervals: seeds == fewest, "\(names.count) and \(seeds)")
      }
    }
    for seeds in [4, 5] {
      let wdbc = MadeUp.wdbc(seeds: seeds, ahead(by: 0.01))
      try check(wdbc, hasIntervals: seeds == 5, "splits \(seeds)")
    }
  }

  private func check(_ study: MadeUp, hasIntervals: Bool, _ comment: Comment) throws {
    let analysis = study.analysis
    #expect(analysis.answer.count >= 2)
    for sentence in analysis.answer.prefix(2) {
      #expect(sentence.contains("[") == hasIntervals, "\(comment): \(sentence)")
    }
    for pairing in try #require(analysis.blocks[0].pairings[.accuracy]) {
      #expect((pairing.interval != nil) == hasIntervals, comment)
      let comparison = try #require(pairing.comparison)
      let all = [
        comparison.interval, comparison.bootstrapInterval, comparison.hodgesLehmannInterval,
        comparison.effectSizeInterval,
      ]
      // A p and an estimate remain, and say what they say.
      #expect(comparison.hasSpread && pairing.pValue != nil && pairing.estimate != nil, comment)
      #expect(all.contains { $0 != nil } == hasIntervals, comment)
    }
    let evidence = try #require(
      analysis.claims.first { $0.id == (study.dataset == "wdbc" ? "wdbc-f1" : "highest-accuracy") }?
        .evidence.first)
    #expect(evidence.text.contains("[") == hasIntervals, "\(comment): \(evidence.text)")
  }

  /// A claim about the mean of the others, and one about times, go by the same rule.
  @Test func tooFewSeedsGiveClaimsNoInterval() throws {
    // One comparison with a mean takes six seeds; the t test of the times takes five.
    for seeds in [4, 5, 6] {
      let study = MadeUp(
        seeds: seeds, accuracy: ahead(by: 0.001),
        stepSeconds: { name, seed in name == "srelu" ? 0.01 + Double(seed) * 1e-5 : 0.01 })
      let claims = study.analysis.claims
      for (id, fewest) in [("mnist-f1", 6), ("cost", 5)] {
        let text = try #require(claims.first { $0.id == id }?.evidence.first).text
        #expect(text.contains("[") == (seeds >= fewest), "\(id), \(seeds) seeds: \(text)")
      }
    }
  }
}
