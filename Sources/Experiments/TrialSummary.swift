/// What is written of a trial to `result.json`, the journal and `results.csv`: which trial it was,
/// how it ended, and its scores.
public struct TrialSummary: Hashable, Sendable {
  /// `Trial.id`.
  public var id: String
  /// `Trial.cellID`.
  public var cellID: String
  /// The activation's name.
  public var activation: String
  /// The activation's parameters, every one.
  public var activationParameters: [String: Double]
  /// The data set's name.
  public var dataset: String
  /// The architecture's family: `ffnn`, `cnn`.
  public var architecture: String
  /// The architecture's parameters.
  public var architectureParameters: ArchitectureSpec
  /// The seed.
  public var seed: UInt64
  /// How it was optimised.
  public var training: TrainingSpec
  /// How it ended.
  public var status: TrialState
  /// Why it failed, was stopped or was skipped.
  public var reason: String?
  /// Ranks that trained it; 0 when none did.
  public var ranks: Int
  /// Wall-clock seconds of training and evaluation.
  public var seconds: Double
  /// Scores on the test set; nil unless finished.
  public var test: ClassificationScores?
  /// Scores on the training set, dropout off; nil unless finished.
  public var train: ClassificationScores?
  /// The files in the trial's folder that belong to the result, by name; nil unless finished, and in
  /// results of earlier versions.
  public var files: [String: FileMark]?

  /// The summary of a finished trial.
  public init(_ trial: Trial, _ outcome: TrialOutcome) {
    self.init(
      trial, status: .finished, reason: nil, ranks: outcome.ranks, seconds: outcome.seconds)
    test = outcome.test
    train = outcome.train
  }

  /// The summary of a trial that gave no result.
  /// - Parameters:
  ///   - status: how it ended, but for `.finished`.
  ///   - reason: why, in one line.
  ///   - ranks: ranks that worked on it.
  ///   - seconds: wall-clock seconds until it ended.
  public init(
    _ trial: Trial, status: TrialState, reason: String?, ranks: Int = 0, seconds: Double = 0
  ) {
    id = trial.id
    cellID = trial.cellID
    activation = trial.activation.name
    activationParameters = trial.activation.parameters
    dataset = trial.dataset.name
    architecture = trial.architecture.kind.rawValue
    architectureParameters = trial.architecture
    seed = trial.seed
    training = trial.training
    self.status = status
    self.reason = reason
    self.ranks = ranks
    self.seconds = seconds
  }

  /// Step size.
  public var learningRate: Double { training.learningRate }
  /// Samples per step over all ranks.
  public var batchSize: Int { training.batchSize }
  /// Epochs asked for; those that were trained are the rows of `progress.csv`.
  public var epochs: Int { training.epochs }

  /// The activation as a spec.
  public var activationSpec: ActivationSpec {
    ActivationSpec(name: activation, parameters: activationParameters)
  }

  /// Train minus test accuracy, both without dropout; nil unless finished.
  public var generalisationGap: Double? {
    guard let test, let train else { return nil }
    return train.accuracy - test.accuracy
  }
}
