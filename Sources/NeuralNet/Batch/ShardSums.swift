import CKernels

/// This rank's sums over the samples of a batch for all small tensors, shard by shard: their gradients
/// but for the last additions, which other ranks' shards take part in.
///
/// Layers that process one shard after another add to the shard's slot, and it is added up at once.
/// The others, and layers that have a tensor together, add to a row of each shard, and these are added up
/// at the end of the backward pass.
final class ShardSums {
  /// Floats of the tensors whose shards come one after another, which are first in a slot.
  private let streamed: Int
  /// Floats of all tensors.
  let count: Int
  /// The slots, `count` floats each.
  private let slots: UnsafeMutablePointer<Float>
  private let rows: AlignedBuffer<Float>
  private let kernels: srelu_kernels
  private var tree = ShardTree()
  private var firstShard = 0
  private var shards = 0

  init(
    streamed: Int, count: Int, shards: Int, slots: UnsafeMutablePointer<Float>,
    kernels: srelu_kernels
  ) {
    self.streamed = streamed
    self.count = count
    self.slots = slots
    self.kernels = kernels
    rows = AlignedBuffer(count: shards * (count - streamed))
  }

  /// The nodes whose sums the slots hold after a pass.
  var nodes: [ShardTree.Node] { tree.nodes }

  /// Where a shard's sum for a tensor is; shards count from the batch's first one on this rank.
  func pointer(_ place: Int, shard: Int) -> UnsafeMutablePointer<Float> {
    place < streamed
      ? slots + tree.nodes.count * count + place
      : rows.base + shard * (count - streamed) + (place - streamed)
  }

  /// Starts a backward pass over `samples` samples, the first of them at `firstSlot` of the global batch.
  func begin(samples: Int, firstSlot: Int) {
    (firstShard, shards) = (
      firstSlot / ShardTree.samples, (samples + ShardTree.samples - 1) / ShardTree.samples
    )
    tree.reset()
    rows.base.update(repeating: 0, count: shards * (count - streamed))
  }

  /// Starts a segment of layers.
  func beginSegment() { tree.reset() }

  /// Zeroes the sums of the next shard in a segment's tensors.
  func open(_ places: Range<Int>) {
    (slots + tree.nodes.count * count + places.lowerBound).update(
      repeating: 0, count: places.count)
  }

  /// Adds up what the shard's samples have given.
  func close(shard: Int, _ places: Range<Int>) {
    tree.push(shard: firstShard + shard) { merge($0, places) }
  }

  /// Adds up the shards' rows.
  func finish() {
    tree.reset()
    let late = streamed..<count
    for shard in 0..<shards {
      if !late.isEmpty {
        (slots + tree.nodes.count * count + streamed).update(
          from: rows.base + shard * late.count, count: late.count)
      }
      tree.push(shard: firstShard + shard) { merge($0, late) }
    }
  }

  private func merge(_ slot: Int, _ places: Range<Int>) {
    kernels.merge(slots + slot * count, count: count, places)
  }
}

extension srelu_kernels {
  /// Adds the slot after the one at `slot`, `count` floats further, to it, at some places.
  func merge(_ slot: UnsafeMutablePointer<Float>, count: Int, _ places: Range<Int>) {
    let to = slot + places.lowerBound
    add(places.count, to + count, to)
  }
}
