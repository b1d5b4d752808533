/// Sums over all samples of the global batch that a layer needs within its pass, in double precision: by
/// shard, and then over this rank's shards and the other ranks'.
final class CoupledSums {
  private let width: Int
  private let slots: AlignedBuffer<Double>
  private let reduction: SampleReduction?
  private var tree = ShardTree()

  init(width: Int, _ context: LayerContext) {
    self.width = width
    reduction = context.compute.reduction
    slots = AlignedBuffer(count: ShardTree.slots(shards: context.shards) * width)
  }

  /// Adds up what `add` adds to zeros for each shard of a run of samples, the first of them at `firstSlot`
  /// of the global batch.
  /// - Returns: the sums over all ranks, until the next call.
  func sum(
    _ run: Range<Int>, firstSlot: Int,
    _ add: (_ samples: Range<Int>, _ shard: Int, _ sums: UnsafeMutablePointer<Double>) -> Void
  ) -> UnsafeMutablePointer<Double> {
    tree.reset()
    // A rank without samples adds nothing.
    slots.base.update(repeating: 0, count: width)
    for (shard, first) in stride(from: run.lowerBound, to: run.upperBound, by: ShardTree.samples)
      .enumerated()
    {
      let samples = first..<min(first + ShardTree.samples, run.upperBound)
      let slot = slots.base + tree.nodes.count * width
      slot.update(repeating: 0, count: width)
      add(samples, shard, slot)
      tree.push(shard: firstSlot / ShardTree.samples + shard, merge: merge)
    }
    if let reduction {
      reduction(slots.elements, width)
    } else {
      tree.finish(merge: merge)
    }
    return slots.base
  }

  private func merge(_ slot: Int) {
    let to = slots.base + slot * width
    for index in 0..<width { to[index] += to[width + index] }
  }
}
