import Datasets
import Experiments
import MPI
import NeuralNet

extension Replica {
  /// Does something during which the hidden layers are observed.
  package func observed<Result>(_ body: () throws -> Result) rethrows -> Result {
    for observer in network.observers { observer.reset() }
    observedSums = []
    network.isObserved = true
    defer { network.isObserved = false }
    return try body()
  }

  /// The hidden layers as the last observed evaluation found them, over the whole group; collective.
  /// - Parameter gradientNorms: each layer's, in order; nil where they weren't taken.
  package func layerRecords(gradientNorms: [Double]?, step: Int) throws -> [LayerRecord] {
    let observers = network.observers
    var largest = observers.flatMap { Array($0.largestDerivatives.elements) }
    var counts = observers.flatMap { [Int64($0.responses), Int64($0.saturated)] }
    heartbeat.beat(.total, step: step)
    if group.size > 1 {
      largest = try group.allreduce(largest, .max)
      counts = try group.allreduce(counts, .sum)
    }
    let width = 2 * observers.count
    var sums = [Double](repeating: 0, count: width)
    for (index, value) in try gathered(observedSums).enumerated() { sums[index % width] += value }
    var first = 0
    return observers.enumerated().map { index, observer in
      defer { first += observer.units }
      let (count, saturated) = (Double(counts[2 * index]), Double(counts[2 * index + 1]))
      let mean = sums[2 * index] / count
      // The pre-activations' means are no larger than their spread: nothing cancels.
      let variance = max(0, sums[2 * index + 1] / count - mean * mean)
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
    // Running statistics don't count this pass.
    let state = Array(network.arena.state.elements)
    defer { _ = network.arena.state.elements.update(fromContentsOf: state) }
    let part = try gradients(samples: samples, batch: batch, step: step, fused: nil)
    heartbeat.beat(.total, step: step)
    try exchange.addUp(part, of: network)
    let arena = network.arena
    return network.observers.map { observer in
      let squares = observer.tensors.map { network.sumOfSquares(arena.gradients(of: $0)) }
      return squares.reduce(0, +).squareRoot()
    }
  }
}
