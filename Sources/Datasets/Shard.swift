/// How samples are divided among ranks.
package enum Shard {
  /// The run of `count` samples that `rank` of `ranks` takes: in the order of the ranks, every sample
  /// once, sizes differing by one at most.
  package static func range(count: Int, rank: Int, ranks: Int) -> Range<Int> {
    precondition(rank >= 0 && rank < ranks, "rank \(rank) of \(ranks)")
    let size = count / ranks
    let longer = count % ranks
    let start = rank * size + min(rank, longer)
    return start..<start + size + (rank < longer ? 1 : 0)
  }
}

/// The global batches of an epoch; the last one may be shorter.
package struct BatchPlan: Sendable {
  private let samples: Int
  private let batchSize: Int

  /// Batches of `batchSize` out of `count` samples.
  package init(count: Int, batchSize: Int) {
    precondition(batchSize > 0, "a batch of \(batchSize)")
    samples = count
    self.batchSize = batchSize
  }

  package var count: Int { (samples + batchSize - 1) / batchSize }

  /// Where a batch lies in the epoch's order.
  package func range(_ batch: Int) -> Range<Int> {
    precondition(batch >= 0 && batch < count, "batch \(batch) of \(count)")
    return batch * batchSize..<min(samples, (batch + 1) * batchSize)
  }
}
