import CounterRandom
import Datasets
import Testing

@Suite struct OrderTests {
  private func order(_ seed: UInt64, _ epoch: Int, _ count: Int) -> [UInt32] {
    var permutation = [UInt32](repeating: 0, count: count)
    EpochOrder.fill(&permutation, seed: seed, epoch: epoch)
    return permutation
  }

  @Test(arguments: [0, 1, 2, 3, 100, 60_000])
  func everySampleOnce(_ count: Int) {
    #expect(order(3, 1, count).sorted() == (0..<count).map { UInt32($0) })
  }

  @Test func dependsOnSeedAndEpochAlone() {
    #expect(order(1, 1, 500) == order(1, 1, 500))
    let all = [order(1, 1, 500), order(1, 2, 500), order(2, 1, 500), order(1 << 40, 1, 500)]
    #expect(Set(all).count == all.count)
    // A buffer that holds an earlier order gives the same.
    var used = order(9, 9, 500)
    EpochOrder.fill(&used, seed: 1, epoch: 2)
    #expect(used == order(1, 2, 500))
  }

  /// 5 samples in 120 orders: each of 12,000 draws is equally likely, so a count's standard deviation
  /// is √(12000/120 · 119/120) ≈ 9.96.
  @Test func everyOrderIsAsLikely() {
    var counts: [[UInt32]: Int] = [:]
    for epoch in 0..<12_000 { counts[order(5, epoch, 5), default: 0] += 1 }
    #expect(counts.count == 120)
    #expect(counts.values.allSatisfy { abs($0 - 100) < 55 })
  }

  @Test func numbersBelowABound() {
    var stream = RandomStream(seed: 1, purpose: .order)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[Int(stream.below(7))] += 1 }
    // Standard deviation √(70000 · 1/7 · 6/7) ≈ 92.6.
    #expect(counts.allSatisfy { abs($0 - 10_000) < 500 })
    // The largest bound accepts half of all words or more; every number stays below it.
    for _ in 0..<1000 { #expect(stream.below(0x8000_0001) < 0x8000_0001) }
  }

  @Test func streamsOfOneSeedDiffer() {
    func first(_ purpose: RandomPurpose, _ a: UInt32, _ b: UInt32) -> [UInt32] {
      var stream = RandomStream(seed: 1, purpose: purpose, first: a, second: b)
      return (0..<8).map { _ in stream.next() }
    }
    let all =
      RandomPurpose.allCases.map { first($0, 0, 0) } + [first(.order, 1, 0), first(.order, 0, 1)]
    #expect(Set(all).count == all.count)
  }

  @Test func shardsCoverEverySampleOnceInOrder() {
    for count in [0, 1, 2, 7, 96, 128, 114, 10_000] {
      for ranks in [1, 2, 3, 4, 7, 8, 64] {
        let shards = (0..<ranks).map { Shard.range(count: count, rank: $0, ranks: ranks) }
        #expect(shards.flatMap { Array($0) } == Array(0..<count), "\(count) over \(ranks)")
        let sizes = shards.map(\.count)
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
      }
    }
  }

  @Test func batchesCoverEverySampleOnce() {
    for count in [1, 127, 128, 129, 455, 60_000] {
      for size in [1, 37, 128, 100_000] {
        let plan = BatchPlan(count: count, batchSize: size)
        let ranges = (0..<plan.count).map { plan.range($0) }
        #expect(ranges.flatMap { Array($0) } == Array(0..<count))
        #expect(ranges.dropLast().allSatisfy { $0.count == size })
      }
    }
  }
}
