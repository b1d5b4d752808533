import Experiments
import Foundation
import Testing

/// What the claims of the paper come to.
@Suite struct ClaimTests {
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

  @Test func aboutATenthOfAPercentOnMNIST() throws {
    #expect(try MadeUp(accuracy: ahead(by: 0.001)).verdict("mnist-f1") == .supported)
    #expect(try MadeUp(accuracy: ahead(by: 0.0002)).verdict("mnist-f1") == .contradicted)
    #expect(try MadeUp(accuracy: ahead(by: -0.001)).verdict("mnist-f1") == .contradicted)
    #expect(
      try MadeUp(accuracy: ahead(by: 0.001, noise: 0.02)).verdict("mnist-f1") == .notSupported)
    #expect(try MadeUp(seeds: 4, accuracy: ahead(by: 0.001)).verdict("mnist-f1") == .undecided)
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
    let block = slower.analysis.blocks[0]
    // The loss that all reach is the worst one's last; SReLU needs all six epochs for it.
    let epochs = block.cells.map { $0.values(.epochsToLoss) }
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
      #expect(try MadeUp.wdbc(ahead(by: 0.01)).verdict(id) == .supported, "\(id)")
      #expect(try MadeUp.wdbc(ahead(by: 0.001)).verdict(id) == .contradicted, "\(id)")
      #expect(try MadeUp.wdbc(ahead(by: 0.002, noise: 0.02)).verdict(id) == .notSupported, "\(id)")
      for seeds in [2, 4] {
        #expect(try MadeUp.wdbc(seeds: seeds, ahead(by: 0.01)).verdict(id) == .undecided, "\(id)")
        #expect(try MadeUp.wdbc(seeds: seeds, ahead(by: -0.1)).verdict(id) == .undecided, "\(id)")
      }
    }
    #expect(try MadeUp(loss: MadeUp.losses(by: 0.01)).verdict("convergence") == .supported)
    #expect(try MadeUp(loss: MadeUp.losses(by: -0.01)).verdict("convergence") == .contradicted)
    #expect(
      try MadeUp(loss: MadeUp.losses(by: 0, noise: 0.01)).verdict("convergence") == .notSupported)
    #expect(try MadeUp(seeds: 5, loss: MadeUp.losses(by: 1)).verdict("convergence") == .undecided)
    #expect(try MadeUp(gap: MadeUp.falling(by: 0.01)).verdict("gap") == .supported)
    #expect(try MadeUp(gap: MadeUp.falling(by: -0.01)).verdict("gap") == .contradicted)
    #expect(try MadeUp(gap: MadeUp.falling(by: 0, noise: 0.01)).verdict("gap") == .notSupported)
    #expect(try MadeUp(seeds: 5, gap: MadeUp.falling(by: 1)).verdict("gap") == .undecided)
    #expect(try MadeUp(observesLayers: false).verdict("dead-units") == .undecided)
    for seeds in [1, 2, 4] { #expect(try MadeUp(seeds: seeds).verdict("cost") == .undecided) }
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

  @Test func studiesWithoutSReLUHaveNoClaims() {
    let analysis = MadeUp(names: ["relu", "gelu"]).analysis
    #expect(analysis.claims.isEmpty)
    #expect(analysis.subject?.name == "gelu")
    #expect(analysis.answer.first?.contains("GELU") == true)
  }
}
