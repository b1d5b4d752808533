/// Predicts how long trials take: from their arithmetic, and from the times of trials of the same
/// kind, or of their epochs, once there are any.
public struct PaceModel: Sendable {
  /// Trials of one kind take about the same time per operation.
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

  /// The prediction where nothing was measured.
  package var assumed: ScalingModel
  private var seen: [Kind: Seen] = [:]
  private var all = Seen()

  package init(_ assumed: ScalingModel = ScalingModel()) { self.assumed = assumed }

  /// Learns from the time of one epoch, with its measurements, weighted by its share of the trial.
  package mutating func learn(
    _ trial: Trial, _ cost: TrialCost, ranks: Int, epoch: EpochRecord
  ) {
    let epochs = Double(max(1, trial.training.epochs))
    learn(trial, cost, ranks: ranks, seconds: epochs * epoch.seconds, weight: 1 / epochs)
  }

  /// Learns from the time of a finished trial on the given number of ranks.
  package mutating func learn(
    _ trial: Trial, _ cost: TrialCost, ranks: Int, seconds: Double, weight: Double = 1
  ) {
    guard ranks > 0 else { return }
    let expected = assumed.seconds(cost, ranks: ranks)
    // A damaged journal may hold any number; no trial takes thirty thousand years.
    guard expected > 0, seconds > 0, seconds < 1e12 else { return }
    seen[kind(of: trial), default: Seen()].add(seconds / expected, weight: weight)
    all.add(seconds / expected, weight: weight)
  }

  package func seconds(_ trial: Trial, _ cost: TrialCost, ranks: Int) -> Double {
    let ratio = seen[kind(of: trial)]?.mean ?? all.mean ?? 1
    return ratio * assumed.seconds(cost, ranks: ranks)
  }

  private func kind(of trial: Trial) -> Kind {
    Kind(
      dataset: trial.dataset.name, architecture: trial.architecture,
      activation: trial.activation.name)
  }
}
