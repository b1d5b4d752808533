/// The ranks that train one network on shares of each global batch.
package struct Team {
  /// This rank's number, in the order of the shares.
  package let rank: Int
  package let ranks: Int
  /// Samples of the largest global batch.
  package let batch: Int
  /// Supplies memory, zeroed and 64-byte aligned, that all ranks of a host have together: called once with
  /// the number of floats.
  package let memory: (Int) throws -> AlignedBuffer<Float>

  package init(
    rank: Int, ranks: Int, batch: Int, memory: @escaping (Int) throws -> AlignedBuffer<Float>
  ) {
    self.rank = rank
    self.ranks = ranks
    self.batch = batch
    self.memory = memory
  }

  /// The samples of a global batch that a rank takes: whole shards, the ranks' numbers of them differing by
  /// one at most.
  package static func share(of batch: Int, rank: Int, ranks: Int) -> Range<Int> {
    let shards = (batch + ShardTree.samples - 1) / ShardTree.samples
    let (each, more) = shards.quotientAndRemainder(dividingBy: ranks)
    let first = rank * each + min(rank, more)
    let end = first + each + (rank < more ? 1 : 0)
    return min(batch, first * ShardTree.samples)..<min(batch, end * ShardTree.samples)
  }
}

/// One block of memory for what is known of a whole global batch. It is planned while the layers are, and
/// then allocated at once.
final class BatchMemory {
  private var buffer: AlignedBuffer<Float>?
  private(set) var count = 0

  /// Plans a part of the block.
  func reserve(_ floats: Int) -> Part {
    defer { count += (floats + 15) / 16 * 16 }
    return Part(memory: self, offset: count, count: floats)
  }

  func allocate(_ team: Team?) throws {
    buffer = try team?.memory(count) ?? AlignedBuffer(count: count)
  }

  /// A part of the block; it can be used once the block is allocated.
  struct Part {
    fileprivate let memory: BatchMemory
    let offset: Int
    let count: Int

    var base: UnsafeMutablePointer<Float> {
      memory.buffer.unsafelyUnwrapped.base + offset
    }
  }
}
