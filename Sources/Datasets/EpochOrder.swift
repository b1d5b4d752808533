import CounterRandom

/// The order of the samples in each epoch: a permutation that depends on (seed, epoch) alone.
package enum EpochOrder {
  /// Fills `permutation`, which has a place for each sample, with the order of one epoch. Allocates
  /// nothing.
  package static func fill(_ permutation: inout [UInt32], seed: UInt64, epoch: Int) {
    for index in permutation.indices { permutation[index] = UInt32(index) }
    var stream = RandomStream(seed: seed, purpose: .order, first: UInt32(epoch))
    stream.shuffle(&permutation)
  }
}
