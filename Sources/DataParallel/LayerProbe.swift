import Datasets
import Experiments
import MPI
import NeuralNet

extension Replica {
  /// Does something during which the hidden layers are observed.
  package func observed<Result>(_ body: () throws -> Result) rethrows -> Result {
    for observer in network.observers { observer.reset() }
    network.isObserved = true
    defer { network.isObserved = false }
    return try body()
  }

  /// The hidden layers as the last observed evaluation found them, over the whole group; collective.
  /// - Parameter gradientNorms: each layer's, in order; nil where they weren't taken.
  package func layerRecords(gradientNorms: [Double]?, step: Int) throws -> [LayerRecord] {
    let observers = network.observers
    var largest = observers.flatMap { Array($0.largestDerivatives.elements) }
    var sums = observers.flatMap {
      [Double($0.responses), Double($0.saturated), $0.sum, $0.sumOfSquares]
    }
    if group.size > 1 {
      heartbeat.beat(.total, step: step)
      largest = try group.allreduce(largest, .max)
      sums = try group.allreduce(sums, .sum)
    }
    var first = 0
    return observers.enumerated().map { index, observer in
      defer { first += observer.units }
      let (count, saturated) = (sums[4 * index], sums[4 * index + 1])
      let mean = sums[4 * index + 2] / count
      // The pre-activations' means are no larger than their spread: nothing cancels.
      let variance = max(0, sums[4 * index + 3] / count - mean * mean)
      return LayerRecord(
        layer: observer.name, units: observer.units,
        deadUnits: largest[first..<first + observer.units].count { $0 < LayerObserver.threshold },
        saturatedShare: saturated / count, mean: mean, standardDeviation: variance.squareRoot(),
        gradientNorm: gradientNorms?[index], learned: observer.learned.map(learned))
    }
  }

  private func learned(_ learned: LayerObserver.Learned) -> LearnedRecord {
    let values = network.arena.parameters(of: learned.view).map(Double.init)
    return LearnedRecord(
      parameter: learned.parameter, mean: values.reduce(0, +) / Double(values.count),
      minimum: values.min() ?? 0, maximum: values.max() ?? 0, isShared: learned.view.spec.isShared)
  }

  /// The Euclidean norm of each hidden layer's gradient on a global batch, dropout on, without a step;
  /// collective. The gradients' memory is overwritten.
  package func gradientNorms(
    samples: SampleSet, batch: UnsafeBufferPointer<UInt32>, step: Int
  ) throws -> [Double] {
    heartbeat.beat(.gradients, step: step)
    let slice = Shard.range(count: batch.count, rank: group.rank, ranks: group.size)
    samples.gather(UnsafeBufferPointer(rebasing: batch[slice]), into: network)
    // Running statistics don't count this pass.
    let state = Array(network.arena.state.elements)
    defer { _ = network.arena.state.elements.update(fromContentsOf: state) }
    _ = network.gradients(
      count: slice.count, step: UInt32(truncatingIfNeeded: step),
      firstSlot: UInt32(slice.lowerBound), globalBatch: batch.count, fused: nil)
    try sums.check()
    let arena = network.arena
    if group.size > 1 {
      heartbeat.beat(.total, step: step)
      try group.allreduce(inPlace: arena.gradients, .sum)
    }
    return network.observers.map { observer in
      let squares = observer.tensors.map { network.sumOfSquares(arena.gradients(of: $0)) }
      return squares.reduce(0, +).squareRoot()
    }
  }
}
