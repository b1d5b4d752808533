import CounterRandom
import Experiments
import MPI
import NeuralNet

/// Times training steps on random pixels: gather, forward, loss, backward, allreduce, Adam.
public struct StepBenchmark: Codable, Sendable {
  /// Family of networks.
  public var architecture: String
  /// The activation's name.
  public var activation: String
  /// Ranks that share each global batch.
  public var ranks: Int
  /// Global batch.
  public var batchSize: Int
  /// Median of the measured steps, in milliseconds.
  public var medianMs: Double
  /// Shortest of the measured steps, in milliseconds.
  public var minMs: Double
  /// Global batch over the median.
  public var samplesPerSecond: Double
  /// Floating-point operations of a dense step over the median, in 10⁹ per second. Work that an
  /// exact shortcut leaves out counts as done.
  public var gflops: Double

  enum CodingKeys: String, CodingKey {
    case architecture, activation, ranks, gflops
    case batchSize = "batch_size"
    case medianMs = "median_ms"
    case minMs = "min_ms"
    case samplesPerSecond = "samples_per_second"
  }

  /// Measures `steps` steps after `warmUp` unmeasured ones; every rank of the group calls it. A step
  /// counts as long as its slowest rank.
  ///
  /// - Throws: `MPIError`, `TrialShapeError`.
  public init(
    _ trial: Trial, group: Communicator, instructionSet: InstructionSet,
    exchange: GradientExchange = .sharded, steps: Int = 100, warmUp: Int = 15
  ) throws {
    let shape = ImageShape(height: 28, width: 28, channels: 1)
    let spec = try NetworkSpec(trial, input: shape, classes: 10)
    let batch = trial.training.batchSize
    let replica = try Replica(
      spec, capacity: (batch + group.size - 1) / group.size, seed: trial.seed, group: group,
      instructionSet: instructionSet, precision: Precision(trial.training.precision),
      exchange: exchange)
    let adam = Adam(learningRate: Float(trial.training.learningRate))
    let samples = RandomSamples(count: 8 * batch, shape: shape)
    let clock = ContinuousClock()
    var times: [Double] = []
    for step in 0..<warmUp + steps {
      let indices = (0..<batch).map { UInt32((step % 8) * batch + $0) }
      try group.barrier()
      let start = clock.now
      _ = try indices.withUnsafeBufferPointer {
        try replica.step(
          samples: samples.set, batch: $0, step: step, adam: adam, stop: false)
      }
      times.append((clock.now - start).inSeconds * 1000)
    }
    try replica.free()
    let slowest = try group.allreduce(Array(times[warmUp...]), .max).sorted()
    architecture = trial.architecture.kind.rawValue
    activation = trial.activation.name
    ranks = group.size
    batchSize = batch
    medianMs = (slowest[(steps - 1) / 2] + slowest[steps / 2]) / 2
    minMs = slowest[0]
    samplesPerSecond = Double(batch) / medianMs * 1000
    let cost = ModelCost(
      architecture: trial.architecture, activation: trial.activation,
      input: InputShape(height: shape.height, width: shape.width), outputs: spec.outputs)
    gflops = Double(batch) * (cost?.trainingFLOPs ?? 0) / medianMs / 1e6
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
