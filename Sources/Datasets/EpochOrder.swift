import CounterRandom

/// The order of the samples in each epoch: a permutation that depends on (seed, epoch) alone.
public struct EpochOrder: Sendable {
  private let seed: UInt64
  private let count: Int

  /// The orders of `count` samples.
  public init(seed: UInt64, count: Int) {
    self.seed = seed
    self.count = count
  }

  /// Fills `permutation`, which has `count` elements, with the order of one epoch. Allocates nothing.
  public func fill(_ permutation: inout [UInt32], epoch: Int) {
    precondition(permutation.count == count, "\(permutation.count) places for \(count) samples")
    for index in 0..<count { permutation[index] = UInt32(index) }
    var stream = RandomStream(seed: seed, purpose: .order, first: UInt32(epoch))
    stream.shuffle(&permutation)
  }
}
