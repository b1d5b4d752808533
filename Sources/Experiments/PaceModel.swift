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

  /// What trials take where nothing was measured.
  public var assumed: ScalingModel
  private var seen: [Kind: Seen] = [:]
  private var all = Seen()

  /// A model from assumptions alone.
  public init(_ assumed: ScalingModel = ScalingModel()) { self.assumed = assumed }

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
    guard ranks > 0 else { return }
    let expected = assumed.seconds(cost, ranks: ranks)
    // A damaged journal may hold any number; nothing takes thirty thousand years.
    guard expected > 0, seconds > 0, seconds < 1e12 else { return }
    seen[kind(of: trial), default: Seen()].add(seconds / expected, weight: weight)
    all.add(seconds / expected, weight: weight)
  }

  /// Seconds that a trial takes on so many ranks.
  public func seconds(_ trial: Trial, _ cost: TrialCost, ranks: Int) -> Double {
    let ratio = seen[kind(of: trial)]?.mean ?? all.mean ?? 1
    return ratio * assumed.seconds(cost, ranks: ranks)
  }

  private func kind(of trial: Trial) -> Kind {
    Kind(
      dataset: trial.dataset.name, architecture: trial.architecture,
      activation: trial.activation.name)
  }
}
