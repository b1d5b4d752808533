import Datasets
import Experiments
import MPI
import NeuralNet

/// The blocks of samples whose losses and observations are added up, each by itself and then in order, so
/// that the sums are the same for any number of ranks.
enum EvaluationBlock {
  /// Samples of a block: enough for the matrix products.
  static let samples = 64

  /// The blocks of `count` samples that a rank takes.
  static func share(of count: Int, rank: Int, ranks: Int) -> Range<Int> {
    Shard.range(count: (count + samples - 1) / samples, rank: rank, ranks: ranks)
  }
}

extension Replica {
  /// Loss and confusion of a set of samples over the whole group, dropout off. Every sample counts
  /// exactly once: each rank takes a run of blocks of them.
  /// - Parameter every: takes one sample in this many, evenly over the set.
  /// - Returns: the mean loss per sample and the matrix, the same on every rank.
  package func evaluate(
    _ samples: SampleSet, every: Int = 1, classes: Int, indices: inout [UInt32], step: Int = 0
  ) throws -> (loss: Double, confusion: ConfusionMatrix) {
    let chosen = (samples.count + every - 1) / every
    let blocks = EvaluationBlock.share(of: chosen, rank: group.rank, ranks: group.size)
    var confusion = ConfusionMatrix(classes: classes)
    var losses = [Double](repeating: 0, count: blocks.count)
    let end = min(chosen, blocks.upperBound * EvaluationBlock.samples)
    // What is observed is added up block by block.
    let atOnce =
      network.isObserved ? EvaluationBlock.samples : network.capacity
    var first = blocks.lowerBound * EvaluationBlock.samples
    while first < end {
      heartbeat.beat(.evaluation, step: step)
      let count = min(atOnce, end - first)
      for row in 0..<count { indices[row] = UInt32((first + row) * every) }
      indices.withUnsafeBufferPointer { all in
        samples.gather(UnsafeBufferPointer(rebasing: all[..<count]), into: network)
      }
      network.forward(count: count, mode: .evaluation)
      _ = network.loss(count: count)
      for row in 0..<count {
        losses[(first + row) / EvaluationBlock.samples - blocks.lowerBound] +=
          network.losses.base[row]
        confusion[Int(network.labels.base[row]), Int(network.predictions.base[row])] += 1
      }
      if network.isObserved { observedSums += network.observers.flatMap { $0.takeSums() } }
      first += count
    }
    heartbeat.beat(.total, step: step)
    let total = try gathered(losses).reduce(0, +)
    if group.size > 1 { confusion.counts = try group.allreduce(confusion.counts, .sum) }
    return (total / Double(chosen), confusion)
  }

  /// All ranks' values, in their order; collective.
  func gathered(_ values: [Double]) throws -> [Double] {
    guard group.size > 1 else { return values }
    let counts = try group.allgather([Int64(values.count)]).map(Int.init)
    return try group.allgather(values, counts: counts)
  }
}
