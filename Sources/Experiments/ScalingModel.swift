import Models

/// Predicts the steps of a group of ranks, and whole trials, from the arithmetic, the memory that the
/// parameters go through, and the network.
public struct ScalingModel: Hashable, Sendable {
  /// Between nodes; nil where messages between nodes are not counted.
  public var network: NetworkModel?
  /// Ranks that share a node.
  public var ranksPerNode: Int
  /// Billions of operations that a rank computes in a second.
  public var gflops: Double
  /// Billions of bytes that a rank reads and writes in a second while it updates parameters.
  public var memoryGBs: Double
  /// Seconds of a step that depend on nothing.
  public var secondsPerStep: Double

  /// A model by its constants.
  public init(
    network: NetworkModel? = nil, ranksPerNode: Int = .max, gflops: Double = 80,
    memoryGBs: Double = 10, secondsPerStep: Double = 0.0002
  ) {
    self.network = network
    self.ranksPerNode = max(1, ranksPerNode)
    self.gflops = gflops
    self.memoryGBs = memoryGBs
    self.secondsPerStep = secondsPerStep
  }

  /// Where the time of a step goes, in seconds.
  public struct Step: Hashable, Sendable {
    /// Forward and backward, of the rank with the most samples.
    public var compute: Double
    /// Adding up the node's gradients and Adam's step.
    public var update: Double
    /// Messages between nodes.
    public var exchange: Double
    /// All of it: nothing is taken to overlap.
    public var total: Double { compute + update + exchange }
  }

  /// Nodes of so many ranks.
  public func nodes(ranks: Int) -> Int {
    ranks / ranksPerNode + (ranks % ranksPerNode > 0 ? 1 : 0)
  }

  /// A step of so many samples on so many ranks together.
  public func step(_ cost: ModelCost, batch: Int, ranks: Int) -> Step {
    let share = Double((batch + ranks - 1) / ranks)
    let bytes = 4 * Double(cost.parameters)
    let here = Double(min(ranks, ranksPerNode))
    // Weights are read forward and backward and their gradients written, whatever the batch is; the
    // update reads and writes each replica and gradient of the node, and both moments.
    let weights = 3 * bytes / (memoryGBs * 1e9)
    return Step(
      compute: secondsPerStep + share * cost.trainingFLOPs / (gflops * 1e9) + weights,
      update: (5 + 2 * here) * bytes / here / (memoryGBs * 1e9),
      exchange: network?.exchangeSeconds(bytes: bytes, nodes: nodes(ranks: ranks)) ?? 0)
  }

  /// Seconds of a whole trial on so many ranks: its steps, and its evaluations, which ranks share.
  public func seconds(_ cost: TrialCost, ranks: Int) -> Double {
    Double(cost.steps) * step(cost.model, batch: cost.batchSize, ranks: ranks).total
      + cost.evaluationFLOPs / (gflops * 1e9 * Double(ranks))
  }

  /// A lone rank's time for a step over the group's, per rank.
  public func efficiency(_ cost: ModelCost, batch: Int, ranks: Int) -> Double {
    step(cost, batch: batch, ranks: 1).total
      / (Double(ranks) * step(cost, batch: batch, ranks: ranks).total)
  }
}
