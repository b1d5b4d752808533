import CounterRandom
import Experiments
import MPI
import NeuralNet
import Support

/// Times training steps: gather, forward, loss, backward, exchange, Adam.
package struct StepBenchmark: Codable, Sendable {
  package var architecture: String
  package var activation: String
  /// The data set whose samples were taken; nil for random pixels.
  package var dataset: String?
  package var ranks: Int
  package var batchSize: Int
  /// Median of the measured steps, in milliseconds.
  package var medianMs: Double
  package var minMs: Double
  package var samplesPerSecond: Double
  /// Floating-point operations of a dense step over the median, in 10⁹ per second. Work that an
  /// exact shortcut leaves out counts as done.
  package var gflops: Double
  /// What the ranks' cores reach with multiply-adds in registers, summed over the ranks: the median of
  /// short runs between the steps, in 10⁹ operations per second.
  package var peakGflops: Double
  /// `gflops` of `peakGflops`; above 100 where exact shortcuts leave work out.
  package var percentOfPeak: Double
  /// The largest peak resident set among the ranks so far, in 10⁶ bytes; nil where the system
  /// doesn't tell.
  package var maxRSSMB: Double?

  enum CodingKeys: String, CodingKey {
    case architecture, activation, dataset, ranks, gflops
    case batchSize = "batch_size"
    case medianMs = "median_ms"
    case minMs = "min_ms"
    case samplesPerSecond = "samples_per_second"
    case maxRSSMB = "max_rss_mb"
    case peakGflops = "peak_gflops"
    case percentOfPeak = "percent_of_peak"
  }

  /// Measures `steps` steps after `warmUp` unmeasured ones; every rank of the group calls it. A step
  /// counts as long as its slowest rank.
  /// - Throws: `MPIError`, `TrialShapeError`.
  package init(
    _ trial: Trial, on context: RankContext, exchange: GradientExchange = .sharded,
    samples: BenchmarkSamples = .random, steps: Int = 100, warmUp: Int = 15
  ) throws {
    let group = context.group
    let run = try BenchmarkRun(trial, on: context, exchange: exchange, samples: samples)
    var times: [Double] = []
    var rates: [Double] = []
    for step in 0..<warmUp + steps {
      times.append(try run.step(step) * 1000)
      // Beside the steps, since a shared machine isn't equally fast all the time.
      if step % 5 == 0 {
        rates.append(MachinePeak.momentaryMultiplyAddRate(context.compute.instructionSet))
      }
    }
    try run.free()
    let slowest = try group.allreduce(Array(times[warmUp...]), .max)
    architecture = trial.architecture.kind.rawValue
    activation = trial.activation.name
    if case .found = samples { dataset = trial.dataset.name }
    ranks = group.size
    batchSize = trial.training.batchSize
    medianMs = slowest.median ?? 0
    minMs = slowest.min() ?? 0
    samplesPerSecond = Double(batchSize) / medianMs * 1000
    gflops = run.stepFLOPs / medianMs / 1e6
    let peak = try group.allreduce(rates.median ?? 0, .sum)
    peakGflops = peak / 1e9
    percentOfPeak = 100 * gflops / peakGflops
    let memory = try group.allreduce(ProcessMemory.peakResidentBytes ?? 0, .max)
    maxRSSMB = memory > 0 ? memory / 1e6 : nil
  }

  /// What each operation of a step takes on this rank, averaged over `steps` steps after `warmUp`
  /// unmeasured ones; every rank of the group calls it.
  /// - Throws: `MPIError`, `TrialShapeError`.
  package static func kernels(
    _ trial: Trial, on context: RankContext, exchange: GradientExchange = .sharded,
    samples: BenchmarkSamples = .random, steps: Int = 100, warmUp: Int = 15
  ) throws -> [OperationTiming] {
    let recorder = OperationRecorder()
    var context = context
    context.compute.recorder = recorder
    let run = try BenchmarkRun(trial, on: context, exchange: exchange, samples: samples)
    for step in 0..<warmUp { _ = try run.step(step) }
    recorder.reset()
    for step in warmUp..<warmUp + steps { _ = try run.step(step) }
    try run.free()
    return recorder.timings(steps: steps)
  }
}
