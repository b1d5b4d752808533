import Cluster
import Experiments
import MPI
import NeuralNet
import Support

/// What a group gains over a lone rank, measured beside what the model of the network predicts; all in
/// one run, in turns.
package struct ScalingBenchmark: Codable, Sendable {
  package var architecture: String
  package var activation: String
  package var ranks: Int
  package var hosts: Int
  package var batchSize: Int
  /// The interconnect; nil for one host.
  package var network: Interconnect?
  /// A lone rank's step on the whole batch; medians all, in milliseconds.
  package var loneMs: Double
  /// A lone rank's step on its share of the batch.
  package var shareMs: Double
  /// The group's step, as it is used: a batch's values travel during the passes.
  package var stepMs: Double
  /// The group's step with values that travel after the passes.
  package var afterwardsMs: Double
  /// The group's step with one allreduce of MPI's.
  package var allreduceMs: Double

  /// The model's step, in which nothing overlaps.
  package var predictedMs: Double
  /// A lone rank's step over the group's, per rank.
  package var efficiency: Double { loneMs / (Double(ranks) * stepMs) }
  package var predictedEfficiency: Double { loneMs / (Double(ranks) * predictedMs) }
  /// How much longer the model's step is than the measured one without overlap, as a share of this.
  package var error: Double { predictedMs / afterwardsMs - 1 }

  enum CodingKeys: String, CodingKey {
    case architecture, activation, ranks, network
    case hosts = "nodes"
    case batchSize = "batch_size"
    case loneMs = "lone_ms"
    case shareMs = "share_ms"
    case stepMs = "step_ms"
    case afterwardsMs = "afterwards_ms"
    case allreduceMs = "allreduce_ms"
    case predictedMs = "predicted_ms"
  }

  private static let turn = 10

  /// Measures `steps` steps of each kind; every rank of the group calls it.
  /// - Throws: `MPIError`, `TrialShapeError`.
  package init(_ trial: Trial, on context: RankContext, steps: Int = 100) throws {
    let group = context.group
    var alone = context
    alone.group = .selfOnly
    let probe = try InterconnectProbe(group)
    var share = trial
    share.training.batchSize =
      Team.share(of: trial.training.batchSize, rank: 0, ranks: group.size).count
    let runs = [
      try BenchmarkRun(trial, on: alone, exchange: .sharded),
      try BenchmarkRun(share, on: alone, exchange: .sharded),
      try BenchmarkRun(trial, on: context, exchange: .sharded),
      try BenchmarkRun(
        trial, on: context, exchange: .sharded, hosts: HostChoice(overlaps: false)),
      try BenchmarkRun(trial, on: context, exchange: .allreduce),
    ]
    var times = runs.map { _ in [Double]() }
    // The first turn warms up.
    for turn in 0...max(1, steps / Self.turn) {
      for (index, run) in runs.enumerated() {
        try group.barrier()
        for step in 0..<Self.turn {
          let seconds = try run.step(turn * Self.turn + step)
          if turn > 0 { times[index].append(seconds * 1000) }
        }
      }
    }
    for run in runs { try run.free() }
    let medians = try times.map { try group.allreduce($0, .max).median ?? 0 }
    architecture = trial.architecture.kind.rawValue
    activation = trial.activation.name
    ranks = group.size
    hosts = probe.hosts
    batchSize = trial.training.batchSize
    network = probe.model
    (loneMs, shareMs, stepMs) = (medians[0], medians[1], medians[2])
    (afterwardsMs, allreduceMs) = (medians[3], medians[4])
    let exchange = probe.model?.exchangeSeconds(
      bytes: runs[2].exchangedBytes, hosts: probe.hosts)
    predictedMs = medians[1] + 1000 * (exchange ?? 0)
  }
}
