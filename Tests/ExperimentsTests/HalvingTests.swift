import Experiments
import Testing

@Suite struct HalvingTests {
  private static let spec = SearchSpec(
    method: "asha", trials: 30, parameters: [], own: ["minimum-epochs": .integer(2)])

  private static let trials = (0..<30).map { index in
    SearchedTrial(
      trial: Trial(
        dataset: DatasetSpec(name: "wdbc"), architecture: .ffnn,
        activation: ActivationSpec(name: "relu"), training: TrainingSpec(epochs: 40),
        seed: UInt64(index)),
      bracket: index % 2, sample: index == 7 ? nil : index)
  }

  private func id(_ index: Int) -> String { Self.trials[index].trial.id }

  /// A search under way.
  private struct Halving {
    var strategy = HalvingTests.spec.strategy.init(HalvingTests.spec)

    /// A trial has stopped at a rung, or ended.
    mutating func report(
      _ index: Int, epoch: Int, value: Double, hasEnded: Bool = false
    ) -> [String] {
      let trial = HalvingTests.trials[index]
      return strategy.report(
        SearchResult(
          id: trial.trial.id, trial: trial, epoch: epoch, value: value, hasEnded: hasEnded))
    }
  }

  @Test func rungsGrowByTheFactor() {
    let halving = Halving().strategy
    #expect((1..<40).filter { halving.shouldStop(Self.trials[0], after: $0) } == [2, 6, 18])
    #expect(!(1..<40).contains { halving.shouldStop(Self.trials[7], after: $0) })
  }

  @Test func theBestThirdGoesOn() {
    var halving = Halving()
    #expect(halving.report(0, epoch: 2, value: 3) == [])
    #expect(halving.report(2, epoch: 2, value: 2) == [])
    // The other bracket counts for itself.
    #expect(halving.report(1, epoch: 2, value: 1) == [])
    #expect(halving.report(4, epoch: 2, value: 1) == [id(4)])
    #expect(halving.report(4, epoch: 2, value: 0) == [])
    #expect(halving.report(6, epoch: 2, value: 2) == [])
    #expect(halving.report(8, epoch: 2, value: .nan) == [])
    // Of two with the same value the earlier sample.
    #expect(halving.report(10, epoch: 2, value: 9) == [id(2)])
    #expect(halving.report(7, epoch: 2, value: -1) == [])
    // What has ended is no arrival: of four, still one goes on.
    #expect(halving.report(12, epoch: 40, value: -1, hasEnded: true) == [])
  }

  @Test func whatIsNoNumberNeverGoesOn() {
    var halving = Halving()
    for index in stride(from: 0, to: 30, by: 2) {
      #expect(halving.report(index, epoch: 2, value: .nan) == [])
    }
  }

  /// Against counting from the definition, over random orders of arrival.
  @Test func promotionsAreTheDefinitions() {
    var generator = SplitMix(state: 5)
    for _ in 0..<200 {
      var halving = Halving()
      var again = halving
      var reports: [(index: Int, epoch: Int, value: Double)] = []
      var promoted: Set<[Int]> = []
      for _ in 0..<60 {
        let index = Int.random(in: 0..<30, using: &generator)
        let epoch = [2, 6].randomElement(using: &generator) ?? 2
        let value = Double(Int.random(in: 0..<9, using: &generator))
        let found = halving.report(index, epoch: epoch, value: value)
        let isNew = !reports.contains { $0.index == index && $0.epoch == epoch }
        if index != 7, isNew { reports.append((index, epoch, value)) }
        let rung = reports.filter { $0.epoch == epoch && $0.index % 2 == index % 2 }
          .sorted { ($0.value, $0.index) < ($1.value, $1.index) }
        let best = index == 7 || !isNew ? [] : rung.prefix(rung.count / 3)
        let expected = best.filter { !promoted.contains([$0.index, epoch]) }
        #expect(found == expected.map { id($0.index) })
        promoted.formUnion(expected.map { [$0.index, epoch] })
        #expect(again.report(index, epoch: epoch, value: value) == found)
      }
    }
  }

  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }
}
