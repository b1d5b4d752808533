import Models

/// A trial's record in `result.json`, journal and `results.csv`: configuration, ending, scores.
public struct TrialSummary: Hashable, Sendable {
  /// `Trial.id`.
  package var id: String
  /// `Trial.cellID`.
  package var cellID: String
  package var activationSpec: ActivationSpec
  package var dataset: String
  /// The architecture's family: `ffnn`, `cnn`.
  package var architecture: String
  /// The architecture's parameters.
  package var architectureParameters: ArchitectureSpec
  package var seed: UInt64
  package var training: TrainingSpec
  /// How the trial ended.
  package var status: TrialState
  /// Why the trial failed, was stopped or was skipped.
  package var reason: String?
  /// Ranks that trained the trial; 0 when none did.
  package var ranks: Int
  /// Wall-clock seconds of training and evaluation.
  package var seconds: Double
  /// `Numerics.current` of the version that trained it.
  package var numerics: Int
  /// Scores on the test set; nil unless finished.
  package var test: ClassificationScores?
  /// Scores on the training set, dropout off; nil unless finished.
  package var train: ClassificationScores?
  /// The files in the trial's folder that belong to the result, by name; nil unless finished, and
  /// in results of earlier versions.
  package var files: [String: FileMark]?

  package init(_ trial: Trial, _ outcome: TrialOutcome) {
    self.init(
      trial, status: .finished, reason: nil, ranks: outcome.ranks, seconds: outcome.seconds)
    test = outcome.test
    train = outcome.train
  }

  /// The summary of a trial without a result.
  /// - Parameters:
  ///   - status: any ending but `.finished`.
  ///   - reason: one line.
  ///   - seconds: wall-clock seconds until it ended.
  package init(
    _ trial: Trial, status: TrialState, reason: String?, ranks: Int = 0, seconds: Double = 0
  ) {
    id = trial.id
    cellID = trial.cellID
    activationSpec = trial.activation
    dataset = trial.dataset.name
    architecture = trial.architecture.kind.rawValue
    architectureParameters = trial.architecture
    seed = trial.seed
    training = trial.training
    self.status = status
    self.reason = reason
    self.ranks = ranks
    self.seconds = seconds
    numerics = Numerics.current
  }

  package var activation: String {
    get { activationSpec.name }
    set { activationSpec.name = newValue }
  }

  /// Train minus test accuracy, both without dropout; nil unless finished.
  package var generalisationGap: Double? {
    guard let test, let train else { return nil }
    return train.accuracy - test.accuracy
  }
}
