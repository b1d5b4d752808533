import NeuralNet

/// Samples in memory that someone else owns: features, labels and the shape of one sample.
public struct SampleSet {
  /// How the features are stored, row by row.
  public enum Features {
    /// Brightness 0...255, scaled to 0...1 when gathered.
    case pixels(UnsafePointer<UInt8>)
    /// Values as the network sees them.
    case values(UnsafePointer<Float>)
  }

  /// `count` rows of `shape.count` features.
  public let features: Features
  /// `count` class numbers.
  public let labels: UnsafePointer<UInt8>
  /// Number of samples.
  public let count: Int
  /// Shape of one sample.
  public let shape: ImageShape

  /// Samples from their parts.
  public init(features: Features, labels: UnsafePointer<UInt8>, count: Int, shape: ImageShape) {
    self.features = features
    self.labels = labels
    self.count = count
    self.shape = shape
  }

  /// The first `count` samples.
  func prefix(_ count: Int) -> SampleSet {
    SampleSet(features: features, labels: labels, count: min(count, self.count), shape: shape)
  }

  /// Copies the samples at `indices` into the network's input and labels, in that order.
  func gather(_ indices: UnsafeBufferPointer<UInt32>, into network: Network) {
    switch features {
    case .pixels(let base): network.gather(pixels: base, indices: indices, scale: 1 / 255)
    case .values(let base): network.gather(features: base, indices: indices)
    }
    for (row, index) in indices.enumerated() { network.labels.base[row] = labels[Int(index)] }
  }
}

/// What a trial is trained and tested on.
public struct TrialData {
  /// Samples to train on.
  public let train: SampleSet
  /// Samples to test on.
  public let test: SampleSet
  /// Names of the classes, by number.
  public let classNames: [String]
  /// The class that precision, recall and F1 speak of, where there are two.
  public let positiveClass: Int?
  /// Keeps the memory of both sets alive.
  let owner: AnyObject

  /// Data from its parts; `owner` keeps the samples' memory alive.
  public init(
    train: SampleSet, test: SampleSet, classNames: [String], positiveClass: Int?, owner: AnyObject
  ) {
    self.train = train
    self.test = test
    self.classNames = classNames
    self.positiveClass = positiveClass
    self.owner = owner
  }
}
