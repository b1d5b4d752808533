/// A trial's record in `result.json`, journal and `results.csv`: configuration, ending, scores.
public struct TrialSummary: Hashable, Sendable {
  /// `Trial.id`.
  public var id: String
  /// `Trial.cellID`.
  public var cellID: String
  /// The activation's name.
  public var activation: String
  /// All parameters of the activation.
  public var activationParameters: [String: Double]
  /// The data set's name.
  public var dataset: String
  /// The architecture's family: `ffnn`, `cnn`.
  public var architecture: String
  /// The architecture's parameters.
  public var architectureParameters: ArchitectureSpec
  /// The seed.
  public var seed: UInt64
  /// The training settings.
  public var training: TrainingSpec
  /// How the trial ended.
  public var status: TrialState
  /// Why the trial failed, was stopped or was skipped.
  public var reason: String?
  /// Ranks that trained the trial; 0 when none did.
  public var ranks: Int
  /// Wall-clock seconds of training and evaluation.
  public var seconds: Double
  /// Scores on the test set; nil unless finished.
  public var test: ClassificationScores?
  /// Scores on the training set, dropout off; nil unless finished.
  public var train: ClassificationScores?
  /// The files in the trial's folder that belong to the result, by name; nil unless finished, and
  /// in results of earlier versions.
  public var files: [String: FileMark]?

  /// The summary of a finished trial.
  public init(_ trial: Trial, _ outcome: TrialOutcome) {
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
  /// Epochs requested; the trained ones are the rows of `progress.csv`.
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
