/// A study's measurements so far, as the comparison reads them.
public struct StudyResults: Sendable {
  /// A trial that has ended or is running.
  package struct TrialResult: Sendable {
    /// The trial's identity, ending and scores.
    package var summary: TrialSummary
    /// The epochs so far.
    package var epochs: [EpochRecord]
    /// Counts by true and predicted class on the test set; nil unless it finished.
    package var confusion: ConfusionMatrix?
    package var classNames: [String]
    /// Whether other trials were trained on the same machines meanwhile, which affects its times.
    package var ranBesideOthers: Bool

    package init(
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
    package var isFinished: Bool { summary.status == .finished }

    /// The confusion matrix of the test behind the scores; nil without one, or of another test.
    var testMatrix: ConfusionMatrix? {
      guard let confusion, let accuracy = summary.test?.accuracy else { return nil }
      guard confusion.total > 0, abs(confusion.accuracy - accuracy) < 1e-9 else { return nil }
      return confusion
    }
  }

  package var name: String
  /// Its activations, in the order of the config.
  package var activations: [ActivationSpec]
  /// Number of trials, ended or not.
  package var trialCount: Int
  /// The trials that have ended, in the order of the config.
  package var trials: [TrialResult]
  /// Samples tested on divided by samples trained on, for data sets that each seed splits anew.
  package var testToTrain: [String: Double]

  package init(
    name: String, activations: [ActivationSpec], trialCount: Int, trials: [TrialResult],
    testToTrain: [String: Double] = [:]
  ) {
    self.name = name
    self.activations = activations
    self.trialCount = trialCount
    self.trials = trials
    self.testToTrain = testToTrain
  }

  package var finished: [TrialResult] { trials.filter(\.isFinished) }
}
