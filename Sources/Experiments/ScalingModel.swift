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
    /// Summing the host's gradients, and Adam's step.
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
    let share = Double((batch + ranks - 1) / ranks)
    let bytes = 4 * Double(cost.parameters)
    let here = Double(min(ranks, ranksPerHost))
    // Weights are read forward and backward and their gradients written, whatever the batch is; the
    // update reads and writes each replica and gradient of the host, and both moments.
    let weights = 3 * bytes / (memoryGBs * 1e9)
    return Step(
      compute: secondsPerStep + share * cost.trainingFLOPs / (gflops * 1e9) + weights,
      update: (5 + 2 * here) * bytes / here / (memoryGBs * 1e9),
      exchange: network?.exchangeSeconds(bytes: bytes, hosts: hosts(ranks: ranks)) ?? 0)
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
