import Experiments
import MPI
import NeuralNet
import Support

/// A replica with samples, ready to take training steps that are timed.
final class BenchmarkRun {
  private let group: Communicator
  private let replica: Replica
  private let samples: LoadedSamples
  private let batches: [[UInt32]]
  /// Floating-point operations of a dense step over all ranks.
  let stepFLOPs: Double

  /// Batches of random samples, and of a data set's at most, that the steps take in turn.
  private static let batchCounts = (random: 8, found: 64)

  /// Plans a run; every rank of the group calls it.
  /// - Throws: `MPIError`, `TrialShapeError`.
  init(
    _ trial: Trial, on context: RankContext, exchange: GradientExchange,
    hosts: HostChoice = HostChoice(), samples: BenchmarkSamples = .random
  ) throws {
    let batch = trial.training.batchSize
    group = context.group
    let loaded = try LoadedSamples(
      samples, of: trial, count: Self.batchCounts.random * batch, group: group)
    self.samples = loaded
    let spec = try NetworkSpec(trial, input: loaded.set.shape, classes: loaded.classes)
    replica = try Replica(
      spec, batch: batch, seed: trial.seed,
      optimizer: try trial.training.resolvedOptimizer(), on: context.computing(trial),
      exchange: exchange, hosts: hosts)
    let count = loaded.set.count
    batches = (0..<min(Self.batchCounts.found, max(1, count / batch))).map { number in
      (0..<batch).map { UInt32((number * batch + $0) % count) }
    }
    let cost = ModelCost(spec)
    stepFLOPs = Double(batch) * (cost?.trainingFLOPs ?? 0)
    exchangedBytes = cost?.exchangedBytes(batch: batch, ranks: context.group.size) ?? 0
  }

  /// Bytes of which each host has a part in a step.
  let exchangedBytes: Double

  func free() throws {
    try replica.free()
    try samples.free()
  }

  /// Takes the step of this number, when all ranks are ready for it.
  /// - Returns: this rank's seconds.
  func step(_ step: Int) throws -> Double {
    try group.seconds {
      _ = try batches[step % batches.count].withUnsafeBufferPointer {
        try replica.step(samples: samples.set, batch: $0, step: step)
      }
    }
  }
}

extension Communicator {
  /// This rank's seconds for something that all ranks begin together.
  func seconds(_ body: () throws -> Void) throws -> Double {
    try barrier()
    let start = ContinuousClock.now
    try body()
    return (ContinuousClock.now - start).inSeconds
  }
}

extension BenchmarkRun {
  /// Scores a number of samples; if the run has fewer, it takes them again.
  /// - Returns: this rank's seconds.
  func evaluation(samples count: Int, observed: Bool) throws -> Double {
    let score = {
      var indices = [UInt32](repeating: 0, count: self.replica.network.capacity)
      var left = count
      while left > 0 {
        let part = min(left, self.samples.set.count)
        _ = try self.replica.evaluate(
          self.samples.set.prefix(part), classes: self.samples.classes, indices: &indices)
        left -= part
      }
    }
    return try group.seconds {
      guard observed else { return try score() }
      try replica.observed(score)
      _ = try replica.layerRecords(gradientNorms: nil, step: 0)
    }
  }

  /// Takes the norms of the gradient of a number of samples, at most a batch.
  /// - Returns: this rank's seconds.
  func gradientNorms(samples count: Int) throws -> Double {
    try group.seconds {
      _ = try batches[0].prefix(count).withUnsafeBufferPointer {
        try replica.gradientNorms(samples: samples.set, batch: $0, step: 0)
      }
    }
  }
}
