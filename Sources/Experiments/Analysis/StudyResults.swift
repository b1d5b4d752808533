/// A study's measurements so far, as the comparison reads them.
public struct StudyResults: Sendable {
  /// A trial that has ended or is running.
  public struct TrialResult: Sendable {
    /// The trial's identity, ending and scores.
    public var summary: TrialSummary
    /// The epochs so far.
    public var epochs: [EpochRecord]
    /// Counts by true and predicted class on the test set; nil unless it finished.
    public var confusion: ConfusionMatrix?
    /// Names of the classes.
    public var classNames: [String]
    /// Whether other trials were trained on the same machines meanwhile, which affects its times.
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

    /// The confusion matrix of the test behind the scores; nil without one, or of another test.
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
  /// Number of trials, ended or not.
  public var trialCount: Int
  /// The trials that have ended, in the order of the config.
  public var trials: [TrialResult]
  /// Samples tested on divided by samples trained on, for data sets that each seed splits anew.
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
