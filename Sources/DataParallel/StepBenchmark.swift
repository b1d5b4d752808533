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
  /// The largest peak resident set among the ranks so far, in 10⁶ bytes; nil where the system
  /// doesn't tell.
  public var maxRSSMB: Double?

  enum CodingKeys: String, CodingKey {
    case architecture, activation, ranks, gflops
    case batchSize = "batch_size"
    case medianMs = "median_ms"
    case minMs = "min_ms"
    case samplesPerSecond = "samples_per_second"
    case maxRSSMB = "max_rss_mb"
  }

  /// Measures `steps` steps after `warmUp` unmeasured ones; every rank of the group calls it. A step
  /// counts as long as its slowest rank.
  ///
  /// - Throws: `MPIError`, `TrialShapeError`.
  public init(
    _ trial: Trial, group: Communicator, instructionSet: InstructionSet, steps: Int = 100,
    warmUp: Int = 15
  ) throws {
    let run = try BenchmarkRun(trial, group: group, instructionSet: instructionSet)
    var times: [Double] = []
    for step in 0..<warmUp + steps { times.append(try run.step(step) * 1000) }
    let slowest = try group.allreduce(Array(times[warmUp...]), .max).sorted()
    architecture = trial.architecture.kind.rawValue
    activation = trial.activation.name
    ranks = group.size
    batchSize = trial.training.batchSize
    medianMs = (slowest[(steps - 1) / 2] + slowest[steps / 2]) / 2
    minMs = slowest[0]
    samplesPerSecond = Double(batchSize) / medianMs * 1000
    gflops = run.stepFLOPs / medianMs / 1e6
    let memory = try group.allreduce(ProcessMemory.peakResidentBytes ?? 0, .max)
    maxRSSMB = memory > 0 ? memory / 1e6 : nil
  }

  /// What each operation of a step takes on this rank, averaged over `steps` steps after `warmUp`
  /// unmeasured ones; every rank of the group calls it.
  ///
  /// - Throws: `MPIError`, `TrialShapeError`.
  public static func kernels(
    _ trial: Trial, group: Communicator, instructionSet: InstructionSet, steps: Int = 100,
    warmUp: Int = 15
  ) throws -> [OperationTiming] {
    let run = try BenchmarkRun(trial, group: group, instructionSet: instructionSet)
    var seconds = 0.0
    for step in 0..<warmUp + steps {
      let time = try run.step(step)
      if step >= warmUp { seconds += time }
    }
    return [
      OperationTiming(
        operation: "step", seconds: seconds / Double(steps),
        flops: run.stepFLOPs / Double(group.size), bytes: 0)
    ]
  }
}
