/// Predicts how long trials take: from their arithmetic at first, and from what trials of the same
/// kind took, or their epochs, as soon as there are some.
public struct PaceModel: Sendable {
  /// Trials of a kind take about the same time per operation.
  private struct Kind: Hashable {
    var dataset: String
    var architecture: ArchitectureSpec
    var activation: String
  }

  private struct Seen {
    var ratios = 0.0
    var count = 0.0

    mutating func add(_ ratio: Double, weight: Double) {
      ratios += weight * ratio
      count += weight
    }

    var mean: Double? { count > 0 ? ratios / count : nil }
  }

  /// Billions of operations that one rank computes in a second, where nothing was measured.
  public var gflops: Double
  /// Seconds of a step besides its arithmetic.
  public var secondsPerStep: Double
  /// Between nodes; nil where there is one node.
  public var network: NetworkModel?
  /// Ranks that share a node.
  public var ranksPerNode: Int
  private var seen: [Kind: Seen] = [:]
  private var all = Seen()

  /// A model from assumptions alone.
  public init(
    gflops: Double = 80, secondsPerStep: Double = 0.0002, network: NetworkModel? = nil,
    ranksPerNode: Int = .max
  ) {
    self.network = network
    self.ranksPerNode = max(1, ranksPerNode)
    self.gflops = gflops
    self.secondsPerStep = secondsPerStep
  }

  /// Takes in what a finished trial took on so many ranks.
  public mutating func learn(
    _ trial: Trial, _ cost: TrialCost, ranks: Int, seconds: Double
  ) {
    learn(trial, cost, ranks: ranks, seconds: seconds, weight: 1)
  }

  /// Takes in what one epoch of a trial took on so many ranks, with its measurements: as much of a
  /// trial as it is.
  public mutating func learn(
    _ trial: Trial, _ cost: TrialCost, ranks: Int, epoch: EpochRecord
  ) {
    let epochs = Double(max(1, trial.training.epochs))
    learn(trial, cost, ranks: ranks, seconds: epochs * epoch.seconds, weight: 1 / epochs)
  }

  private mutating func learn(
    _ trial: Trial, _ cost: TrialCost, ranks: Int, seconds: Double, weight: Double
  ) {
    let assumed = assumedSeconds(cost, ranks: ranks)
    guard assumed > 0, seconds > 0, seconds.isFinite else { return }
    seen[kind(of: trial), default: Seen()].add(seconds / assumed, weight: weight)
    all.add(seconds / assumed, weight: weight)
  }

  /// Seconds that a trial takes on so many ranks.
  public func seconds(_ trial: Trial, _ cost: TrialCost, ranks: Int) -> Double {
    let ratio = seen[kind(of: trial)]?.mean ?? all.mean ?? 1
    return ratio * assumedSeconds(cost, ranks: ranks)
  }

  /// Arithmetic is shared by the ranks, the rest of a step isn't, and with several nodes the gradients
  /// cross the network.
  private func assumedSeconds(_ cost: TrialCost, ranks: Int) -> Double {
    let nodes = ranks / ranksPerNode + (ranks % ranksPerNode > 0 ? 1 : 0)
    let exchange = network?.exchangeSeconds(bytes: 4 * Double(cost.model.parameters), nodes: nodes)
    return cost.predictedSeconds(
      at: gflops * Double(ranks), secondsPerStep: secondsPerStep + (exchange ?? 0))
  }

  private func kind(of trial: Trial) -> Kind {
    Kind(
      dataset: trial.dataset.name, architecture: trial.architecture,
      activation: trial.activation.name)
  }
}
