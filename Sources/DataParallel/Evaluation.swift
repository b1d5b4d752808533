import Datasets
import Experiments
import MPI

extension Replica {
  /// Loss and confusion of a set of samples over the whole group, dropout off. Every sample counts
  /// exactly once: each rank takes a run of them, and int64 counts and the float64 loss are added up.
  /// - Parameter every: takes one sample in this many, evenly over the set.
  /// - Returns: the mean loss per sample and the matrix, the same on every rank.
  package func evaluate(
    _ samples: SampleSet, every: Int = 1, classes: Int, indices: inout [UInt32], step: Int = 0
  ) throws -> (loss: Double, confusion: ConfusionMatrix) {
    let chosen = (samples.count + every - 1) / every
    let share = Shard.range(count: chosen, rank: group.rank, ranks: group.size)
    var confusion = ConfusionMatrix(classes: classes)
    var total = 0.0
    var first = share.lowerBound
    while first < share.upperBound {
      heartbeat.beat(.evaluation, step: step)
      let count = min(network.capacity, share.upperBound - first)
      for row in 0..<count { indices[row] = UInt32((first + row) * every) }
      indices.withUnsafeBufferPointer { all in
        samples.gather(UnsafeBufferPointer(rebasing: all[..<count]), into: network)
      }
      network.forward(count: count, mode: .evaluation)
      total += network.loss(count: count)
      for row in 0..<count {
        confusion[Int(network.labels.base[row]), Int(network.predictions.base[row])] += 1
      }
      first += count
    }
    if group.size > 1 {
      heartbeat.beat(.total, step: step)
      total = try group.allreduce(total, .sum)
      confusion.counts = try group.allreduce(confusion.counts, .sum)
    }
    return (total / Double(chosen), confusion)
  }
}
