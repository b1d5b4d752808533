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

  /// The value for a trial; nil where it wasn't measured.
  /// - Parameter target: the loss that every trial of the place reaches.
  public func value(of trial: StudyResults.TrialResult, target: Double?) -> Double? {
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
