import Models

/// Predicts the time of a group's steps and of whole trials from the arithmetic, the memory traffic
/// of the parameters, and the interconnect.
package struct ScalingModel: Hashable, Sendable {
  /// The interconnect between hosts; nil where messages between hosts aren't counted.
  package var network: Interconnect?
  package var ranksPerHost: Int
  /// Billions of operations per second and rank.
  package var gflops: Double
  /// Billions of bytes per second that a rank reads and writes while it updates parameters.
  package var memoryGBs: Double
  package var secondsPerStep: Double

  package init(
    network: Interconnect? = nil, ranksPerHost: Int = .max, gflops: Double = 80,
    memoryGBs: Double = 10, secondsPerStep: Double = 0.0002
  ) {
    self.network = network
    self.ranksPerHost = max(1, ranksPerHost)
    self.gflops = gflops
    self.memoryGBs = memoryGBs
    self.secondsPerStep = secondsPerStep
  }

  /// The parts of a step's time, in seconds.
  package struct Step: Hashable, Sendable {
    /// Forward and backward pass of the rank with the most samples.
    package var compute: Double
    /// Reading the batch's values, and Adam's step.
    package var update: Double
    package var exchange: Double
    /// The sum: no overlap is assumed.
    package var total: Double { compute + update + exchange }
  }

  package func hosts(ranks: Int) -> Int {
    ranks / ranksPerHost + (ranks % ranksPerHost > 0 ? 1 : 0)
  }

  /// Predicts a step of `batch` samples over all ranks.
  package func step(_ cost: ModelCost, batch: Int, ranks: Int) -> Step {
    // Ranks take whole shards.
    let shards = (batch + Numerics.shardSamples - 1) / Numerics.shardSamples
    let share = Double(min(batch, (shards + ranks - 1) / ranks * Numerics.shardSamples))
    let bytes = 4 * Double(cost.parameters)
    // Weights are read forward and backward, whatever the batch is. For its part of the parameters, one
    // in as many as there are ranks, each reads what the whole batch left, and reads and writes both
    // moments; and a host's ranks write each of its replicas once.
    let weights = 2 * bytes / (memoryGBs * 1e9)
    let values = 4 * Double(batch) * Double(cost.exchangedValues)
    let own = 5 * bytes / Double(ranks) + bytes
    return Step(
      compute: secondsPerStep + share * cost.trainingFLOPs / (gflops * 1e9) + weights,
      update: ((ranks == 1 ? 0 : values) + own) / (memoryGBs * 1e9),
      exchange: network?.exchangeSeconds(
        bytes: cost.exchangedBytes(batch: batch, ranks: ranks), hosts: hosts(ranks: ranks)) ?? 0)
  }

  /// Predicts the seconds of a whole trial: its steps and evaluations, both shared by the ranks.
  package func seconds(_ cost: TrialCost, ranks: Int) -> Double {
    Double(cost.steps) * step(cost.model, batch: cost.batchSize, ranks: ranks).total
      + cost.evaluationFLOPs / (gflops * 1e9 * Double(ranks))
  }

  /// Returns the time of one rank's step over that of the group's, per rank.
  package func efficiency(_ cost: ModelCost, batch: Int, ranks: Int) -> Double {
    step(cost, batch: batch, ranks: 1).total
      / (Double(ranks) * step(cost, batch: batch, ranks: ranks).total)
  }
}
