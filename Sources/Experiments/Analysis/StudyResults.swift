/// What a study has measured so far, as the comparison reads it.
public struct StudyResults: Sendable {
  /// A trial that has ended, or is under way.
  public struct TrialResult: Sendable {
    /// Which trial, how it ended, its scores.
    public var summary: TrialSummary
    /// The epochs so far.
    public var epochs: [EpochRecord]
    /// True class by predicted class on the test set; nil unless it finished.
    public var confusion: ConfusionMatrix?
    /// Names of the classes.
    public var classNames: [String]
    /// Whether other trials were trained beside it on the same machines, which its times show.
    public var ranBesideOthers: Bool

    /// A result from its parts.
    public init(
      summary: TrialSummary, epochs: [EpochRecord] = [], confusion: ConfusionMatrix? = nil,
      classNames: [String] = [], ranBesideOthers: Bool = false
    ) {
      self.summary = summary
      self.epochs = epochs
      self.confusion = confusion
      self.classNames = classNames
      self.ranBesideOthers = ranBesideOthers
    }

    /// Whether it was trained to its last epoch.
    public var isFinished: Bool { summary.status == .finished }

    /// The confusion matrix of the test that the scores are of; nil where there is none, or one of another
    /// test.
    var testMatrix: ConfusionMatrix? {
      guard let confusion, let accuracy = summary.test?.accuracy else { return nil }
      guard confusion.total > 0, abs(confusion.accuracy - accuracy) < 1e-9 else { return nil }
      return confusion
    }
  }

  /// The study's name.
  public var name: String
  /// Its activations, in the order of the config.
  public var activations: [ActivationSpec]
  /// How many trials it has, ended or not.
  public var trialCount: Int
  /// The trials that have ended, in the order of the config.
  public var trials: [TrialResult]
  /// For data sets whose split each seed draws anew: samples tested on divided by samples trained on.
  public var testToTrain: [String: Double]

  /// Results from their parts.
  public init(
    name: String, activations: [ActivationSpec], trialCount: Int, trials: [TrialResult],
    testToTrain: [String: Double] = [:]
  ) {
    self.name = name
    self.activations = activations
    self.trialCount = trialCount
    self.trials = trials
    self.testToTrain = testToTrain
  }

  /// The trials that finished.
  public var finished: [TrialResult] { trials.filter(\.isFinished) }
}
