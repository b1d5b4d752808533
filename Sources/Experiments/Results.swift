/// One epoch of a trial: a row of `progress.csv`, and one of `layers.csv` per hidden layer.
public struct EpochRecord: Hashable, Sendable {
  /// The epoch just finished, counted from 1.
  package var epoch: Int
  /// Mean loss per sample over the epoch's training steps, dropout on.
  package var trainLoss: Double
  /// Share of training samples classified correctly during the epoch, dropout on.
  package var trainAccuracy: Double
  /// Mean loss per sample over the test set, dropout off.
  package var testLoss: Double
  /// Share of test samples classified correctly, dropout off.
  package var testAccuracy: Double
  /// Wall-clock seconds of the epoch's training steps and evaluation.
  package var seconds: Double
  /// Mean loss per sample after the epoch over a fixed part of the training set, dropout off; nil
  /// after epochs in which it wasn't measured.
  package var sampledTrainLoss: Double?
  /// Share of that part classified correctly.
  package var sampledTrainAccuracy: Double?
  /// Mean wall-clock seconds of one of the epoch's training steps.
  package var stepSeconds: Double?
  /// The hidden layers after the epoch, first to last.
  package var layers: [LayerRecord] {
    get { measuredLayers ?? [] }
    set { measuredLayers = newValue.isEmpty ? nil : newValue }
  }
  /// Never empty, so that files have no empty list.
  private var measuredLayers: [LayerRecord]?

  package init(
    epoch: Int, trainLoss: Double, trainAccuracy: Double, testLoss: Double, testAccuracy: Double,
    seconds: Double, sampledTrainLoss: Double? = nil, sampledTrainAccuracy: Double? = nil,
    stepSeconds: Double? = nil, layers: [LayerRecord] = []
  ) {
    self.epoch = epoch
    self.trainLoss = trainLoss
    self.trainAccuracy = trainAccuracy
    self.testLoss = testLoss
    self.testAccuracy = testAccuracy
    self.seconds = seconds
    self.sampledTrainLoss = sampledTrainLoss
    self.sampledTrainAccuracy = sampledTrainAccuracy
    self.stepSeconds = stepSeconds
    self.layers = layers
  }

  /// Share of dead units over all hidden layers; nil where no layer was measured.
  package var deadShare: Double? {
    let units = layers.reduce(0) { $0 + $1.units }
    return units == 0 ? nil : Double(layers.reduce(0) { $0 + $1.deadUnits }) / Double(units)
  }
}

extension EpochRecord: Codable {
  enum CodingKeys: String, CodingKey {
    case epoch, seconds
    case measuredLayers = "layers"
    case trainLoss = "train_loss"
    case trainAccuracy = "train_accuracy"
    case testLoss = "test_loss"
    case testAccuracy = "test_accuracy"
    case sampledTrainLoss = "sampled_train_loss"
    case sampledTrainAccuracy = "sampled_train_accuracy"
    case stepSeconds = "step_seconds"
  }

  /// More than any trial has, and far from overflow.
  static let epochLimit = 1 << 40

  /// Reads what `encode` writes; values that earlier versions didn't measure may be missing.
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    let epoch = try keys.decode(Int.self, forKey: .epoch)
    guard (1...Self.epochLimit).contains(epoch) else {
      throw DecodingError.dataCorruptedError(
        forKey: .epoch, in: keys, debugDescription: "expected an epoch from 1, found \(epoch)")
    }
    self.init(
      epoch: epoch,
      trainLoss: try keys.decode(Double.self, forKey: .trainLoss),
      trainAccuracy: try keys.decode(Double.self, forKey: .trainAccuracy),
      testLoss: try keys.decode(Double.self, forKey: .testLoss),
      testAccuracy: try keys.decode(Double.self, forKey: .testAccuracy),
      seconds: try keys.decode(Double.self, forKey: .seconds),
      sampledTrainLoss: try keys.decodeIfPresent(Double.self, forKey: .sampledTrainLoss),
      sampledTrainAccuracy: try keys.decodeIfPresent(Double.self, forKey: .sampledTrainAccuracy),
      stepSeconds: try keys.decodeIfPresent(Double.self, forKey: .stepSeconds),
      layers: try keys.decodeIfPresent([LayerRecord].self, forKey: .measuredLayers) ?? [])
  }
}

/// Scores of a trained network on one set of samples, dropout off.
package struct ClassificationScores: Hashable, Codable, Sendable {
  package var loss: Double
  package var accuracy: Double
  /// Macro mean over classes, as the recall and F1; for two classes with a positive one, its own.
  package var precision: Double
  package var recall: Double
  package var f1: Double

  package init(loss: Double, accuracy: Double, precision: Double, recall: Double, f1: Double) {
    self.loss = loss
    self.accuracy = accuracy
    self.precision = precision
    self.recall = recall
    self.f1 = f1
  }
}

/// The result of a finished trial.
public struct TrialOutcome: Hashable, Codable, Sendable {
  package var test: ClassificationScores
  /// Scores on the training set, dropout off.
  package var train: ClassificationScores
  /// Counts of test samples by true class (row) and predicted class (column).
  package var confusion: ConfusionMatrix
  /// Names of the classes, in the order of the matrix.
  package var classNames: [String]
  package var epochs: [EpochRecord]
  package var ranks: Int
  /// Wall-clock seconds of training and evaluation.
  package var seconds: Double

  package init(
    test: ClassificationScores, train: ClassificationScores, confusion: ConfusionMatrix,
    classNames: [String], epochs: [EpochRecord], ranks: Int, seconds: Double
  ) {
    self.test = test
    self.train = train
    self.confusion = confusion
    self.classNames = classNames
    self.epochs = epochs
    self.ranks = ranks
    self.seconds = seconds
  }

  enum CodingKeys: String, CodingKey {
    case test, train, confusion, epochs, ranks, seconds
    case classNames = "class_names"
  }
}
