/// The measures. Each is shown wherever its views say; p values are adjusted within a measure, so a
/// new one leaves those of the others unchanged.
extension Measure {
  /// All measures, in the order of tables' columns.
  package static let all: [Measure] = [
    accuracy, precision, recall, f1, balancedAccuracy, generalisationGap, testLoss, deadShare,
    earlyLoss, epochsToLoss, stepSeconds, seconds,
  ]

  /// Share of test samples classified correctly.
  package static let accuracy = Measure(
    "accuracy", isLargerBetter: true, basis: .testSamples,
    views: [.summary, .scores, .article, .trials, .dots, .tests, .pairs]
  ) { trial, _ in trial.summary.test?.accuracy }

  /// Test precision: the macro mean over classes, or that of the positive class.
  package static let precision = Measure(
    "precision", isLargerBetter: true, basis: .testSamples, views: [.summary, .scores]
  ) { trial, _ in trial.summary.test?.precision }

  /// Test recall: the macro mean over classes, or that of the positive class.
  package static let recall = Measure(
    "recall", isLargerBetter: true, basis: .testSamples, views: [.summary, .scores]
  ) { trial, _ in trial.summary.test?.recall }

  /// Test F1: the macro mean over classes, or that of the positive class.
  package static let f1 = Measure(
    "f1", title: "F1", isLargerBetter: true, basis: .testSamples,
    views: [.summary, .scores, .article, .trials, .tests, .pairs]
  ) { trial, _ in trial.summary.test?.f1 }

  /// Mean of the classes' test recalls: the accuracy if every class had the same number of samples.
  package static let balancedAccuracy = Measure(
    "balanced_accuracy", title: "balanced accuracy", symbol: "balanced",
    definition: "mean of the classes' recalls", isLargerBetter: true, basis: .testSamples,
    views: [.scores, .trials, .dots, .tests, .pairs, .whereMeasured]
  ) { trial, _ in trial.testMatrix?.balancedAccuracy }

  /// Training minus test accuracy. A negative gap is better than none.
  package static let generalisationGap = Measure(
    "generalisation_gap", title: "generalisation gap", symbol: "gap",
    definition: "train minus test accuracy", condition: "both without dropout", format: .signed,
    basis: .trainingAndTestSamples, views: [.summary, .scores, .trials, .dots, .tests]
  ) { trial, _ in trial.summary.generalisationGap }

  /// Mean test loss after the last epoch.
  package static let testLoss = Measure(
    "test_loss", title: "test loss", symbol: "loss", views: .scores
  ) { trial, _ in trial.summary.test?.loss }

  /// Share of dead units over all hidden layers after the last epoch.
  package static let deadShare = Measure(
    "dead_share", title: "share of dead units", symbol: "dead",
    definition: "units whose derivative is below 0.001 in size on every test sample",
    format: .percent, views: .scores
  ) { trial, _ in trial.epochs.last?.deadShare }

  /// Number of epochs that count as the first ones.
  package static let earlyEpochs = 5

  /// Mean test loss over the first epochs: the area under the curve, per epoch.
  package static let earlyLoss = Measure(
    "early_loss", title: "mean test loss of the first \(earlyEpochs) epochs", views: .tests
  ) { trial, _ in
    let first = trial.epochs.prefix(earlyEpochs).map(\.testLoss)
    return first.isEmpty ? nil : first.reduce(0, +) / Double(first.count)
  }

  /// Epochs until the test loss that every finished trial of the block reaches.
  package static let epochsToLoss = Measure(
    "epochs_to_loss", title: "epochs to a common test loss", format: .epochs, views: .tests
  ) { trial, target in
    guard let target else { return nil }
    return trial.epochs.first { $0.testLoss <= target }.map { Double($0.epoch) }
  }

  /// Seconds of a training step in the fastest epoch: a machine's other load only ever adds time.
  package static let stepSeconds = Measure(
    "step_seconds", title: "seconds per step", symbol: "step", format: .milliseconds,
    views: [.scores, .tests]
  ) { trial, _ in trial.epochs.compactMap(\.stepSeconds).min() }

  /// Wall-clock seconds of a trial.
  package static let seconds = Measure(
    "seconds", title: "seconds of a trial", symbol: "time", format: .seconds,
    views: [.summary, .trials]
  ) { trial, _ in trial.summary.seconds }
}
