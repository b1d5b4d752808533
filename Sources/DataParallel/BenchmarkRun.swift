import CounterRandom
import Experiments
import MPI
import NeuralNet
import Support

/// A replica with random 28×28 images in 10 classes, ready to take training steps that are timed.
final class BenchmarkRun {
  private let group: Communicator
  private let replica: Replica
  private let samples: RandomSamples
  private let batches: [[UInt32]]
  /// Floating-point operations of a dense step over all ranks.
  let stepFLOPs: Double

  /// Batches that the steps take in turn.
  private static let batchCount = 8

  /// Plans a run; every rank of the group calls it.
  /// - Throws: `MPIError`, `TrialShapeError`.
  init(
    _ trial: Trial, on context: RankContext, exchange: GradientExchange,
    hosts: HostChoice = HostChoice()
  ) throws {
    let shape = ImageShape(height: 28, width: 28, channels: 1)
    let spec = try NetworkSpec(trial, input: shape, classes: 10)
    let batch = trial.training.batchSize
    group = context.group
    replica = try Replica(
      spec, capacity: (batch + group.size - 1) / group.size, seed: trial.seed,
      optimizer: try trial.training.resolvedOptimizer(), on: context.computing(trial),
      exchange: exchange, hosts: hosts)
    samples = RandomSamples(count: Self.batchCount * batch, shape: shape)
    batches = (0..<Self.batchCount).map { number in
      (0..<batch).map { UInt32(number * batch + $0) }
    }
    stepFLOPs = Double(batch) * (ModelCost(spec)?.trainingFLOPs ?? 0)
  }

  /// Floats that are averaged in a step.
  var floats: Int { replica.network.arena.parameters.count + GradientTail.summed }

  func free() throws { try replica.free() }

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
          self.samples.set.prefix(part), classes: 10, indices: &indices)
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

/// Pixels and labels drawn from a fixed seed.
final class RandomSamples {
  private let pixels: AlignedBuffer<UInt8>
  private let labels: AlignedBuffer<UInt8>
  let set: SampleSet

  init(count: Int, shape: ImageShape) {
    pixels = AlignedBuffer(count: count * shape.count)
    labels = AlignedBuffer(count: count)
    let generator = Philox4x32(key: 0)
    for index in 0..<(pixels.count + 3) / 4 {
      let words = generator.block(counter: SIMD4(UInt32(index), 0, 0, 0))
      for lane in 0..<min(4, pixels.count - 4 * index) {
        pixels.base[4 * index + lane] = UInt8(truncatingIfNeeded: words[lane])
      }
    }
    for index in 0..<count {
      labels.base[index] = UInt8(generator.block(counter: SIMD4(UInt32(index), 1, 0, 0))[0] % 10)
    }
    set = SampleSet(
      features: .pixels(pixels.base), labels: labels.base, count: count, shape: shape)
  }
}
