/// What two activations are compared by, a number for each finished trial.
public enum Measure: String, Codable, Sendable, CaseIterable {
  /// Test accuracy.
  case accuracy
  /// Test F1.
  case f1
  /// Train minus test accuracy, both without dropout.
  case generalisationGap = "generalisation_gap"
  /// Mean test loss over the first epochs: the area under the curve, per epoch.
  case earlyLoss = "early_loss"
  /// Epochs until the test loss that every trial of the place reaches.
  case epochsToLoss = "epochs_to_loss"
  /// Seconds of a training step in the fastest epoch: what else a machine does only ever adds to it.
  case stepSeconds = "step_seconds"

  /// How many epochs count as the first ones.
  public static let earlyEpochs = 5

  /// Whether a larger value is better.
  public var isLargerBetter: Bool { self == .accuracy || self == .f1 }

  /// In words.
  public var title: String {
    switch self {
    case .accuracy: "accuracy"
    case .f1: "F1"
    case .generalisationGap: "generalisation gap"
    case .earlyLoss: "mean test loss of the first \(Self.earlyEpochs) epochs"
    case .epochsToLoss: "epochs to a common test loss"
    case .stepSeconds: "seconds per step"
    }
  }

  /// By how much a value is better than another: their difference, turned around where smaller is
  /// better, and zero where it is rounding.
  func advantage(of value: Double, over other: Double) -> Double {
    // Shares are sums and quotients of numbers near 1, their differences too.
    let isShare = self == .accuracy || self == .f1 || self == .generalisationGap
    let scale = max(abs(value), abs(other), isShare ? 1 : 0)
    let difference = isLargerBetter ? value - other : other - value
    return abs(difference) <= 1e-12 * scale ? 0 : difference
  }

  /// The least standard deviation that differences of two activations can have from one test of so many
  /// samples to another: √(q/n), where a share q of the samples is classified rightly by one of the two
  /// alone. That is no less than the mean size of the accuracies' differences, so a few equal ones don't
  /// make the rest certain. Whatever else is counted on the same samples varies with them, F1 by its own
  /// differences where these are larger. 0 where it isn't known.
  /// - Parameter accuracies: the differences in test accuracy of the same trials.
  func leastSpread(_ differences: [Double], accuracies: [Double], testCount: Int?) -> Double {
    guard countsTestSamples, let testCount, testCount > 0 else { return 0 }
    func size(_ values: [Double]) -> Double {
      values.isEmpty ? 0 : values.reduce(0) { $0 + abs($1) } / Double(values.count)
    }
    // Most of a gap may come from the training set.
    let own = self == .generalisationGap ? 0 : size(differences)
    return (max(own, size(accuracies)) / Double(testCount)).squareRoot()
  }

  /// Whether it is made of counts of test samples, as test accuracy is.
  private var countsTestSamples: Bool {
    self == .accuracy || self == .f1 || self == .generalisationGap
  }

  /// Whether nothing is known of its spread where the differences in test accuracy have none. A gap has
  /// another part, from the training set: Wilcoxon's test, which assumes no spread, can go by that.
  func needsSpreadOfAccuracy(splitsOverlap: Bool) -> Bool {
    self == .f1 || self == .generalisationGap && splitsOverlap
  }

  /// The value for a trial; nil where it wasn't measured, or isn't finite.
  /// - Parameter target: the loss that every trial of the place reaches.
  public func value(of trial: StudyResults.TrialResult, target: Double?) -> Double? {
    measured(trial, target).flatMap { $0.isFinite ? $0 : nil }
  }

  private func measured(_ trial: StudyResults.TrialResult, _ target: Double?) -> Double? {
    switch self {
    case .accuracy: return trial.summary.test?.accuracy
    case .f1: return trial.summary.test?.f1
    case .generalisationGap: return trial.summary.generalisationGap
    case .earlyLoss:
      let first = trial.epochs.prefix(Self.earlyEpochs).map(\.testLoss)
      return first.isEmpty ? nil : first.reduce(0, +) / Double(first.count)
    case .epochsToLoss:
      guard let target else { return nil }
      return trial.epochs.first { $0.testLoss <= target }.map { Double($0.epoch) }
    case .stepSeconds:
      return trial.epochs.compactMap(\.stepSeconds).min()
    }
  }
}
