import NeuralNet

/// Samples in memory that someone else owns: features, labels and the shape of one sample.
package struct SampleSet {
  /// How the features are stored, row by row.
  package enum Features {
    /// Brightness 0...255, scaled to 0...1 when gathered.
    case pixels(UnsafePointer<UInt8>)
    /// Values as the network sees them.
    case values(UnsafePointer<Float>)
  }

  /// `count` rows of `shape.count` features.
  package let features: Features
  /// `count` class numbers.
  package let labels: UnsafePointer<UInt8>
  package let count: Int
  package let shape: ImageShape
  /// Which of the rows the samples are; nil where they are the first ones.
  private let chosen: ChosenSamples?

  package init(
    features: Features, labels: UnsafePointer<UInt8>, count: Int, shape: ImageShape,
    chosen: ChosenSamples? = nil
  ) {
    self.features = features
    self.labels = labels
    self.count = count
    self.shape = shape
    self.chosen = chosen
  }

  func prefix(_ count: Int) -> SampleSet {
    SampleSet(
      features: features, labels: labels, count: min(count, self.count), shape: shape,
      chosen: chosen)
  }

  /// Copies the samples at `indices` into the network's input and labels, in that order.
  package func gather(_ indices: UnsafeBufferPointer<UInt32>, into network: Network) {
    let indices = chosen?.rows(of: indices) ?? indices
    switch features {
    case .pixels(let base): network.gather(pixels: base, indices: indices, scale: 1 / 255)
    case .values(let base): network.gather(features: base, indices: indices)
    }
    for (row, index) in indices.enumerated() { network.labels.base[row] = labels[Int(index)] }
  }
}

/// Samples that are some of the rows in memory, in an order of their own.
package final class ChosenSamples {
  private let rows: AlignedBuffer<UInt32>
  /// Room for a batch: taking a step allocates nothing.
  private let batch: AlignedBuffer<UInt32>

  init(_ rows: [Int]) {
    self.rows = AlignedBuffer(holding: rows.map { UInt32($0) })
    batch = AlignedBuffer(count: rows.count)
  }

  /// The rows of some samples; good until the next call.
  func rows(of samples: UnsafeBufferPointer<UInt32>) -> UnsafeBufferPointer<UInt32> {
    for (place, sample) in samples.enumerated() { batch.base[place] = rows.base[Int(sample)] }
    return UnsafeBufferPointer(rebasing: batch.elements[..<samples.count])
  }
}

extension AlignedBuffer {
  convenience init(holding values: [Element]) {
    self.init(count: values.count)
    _ = elements.update(fromContentsOf: values)
  }
}

/// What a trial is trained and tested on.
package struct TrialData {
  package let train: SampleSet
  package let test: SampleSet
  package let classNames: [String]
  /// The class that precision, recall and F1 speak of: the second of two.
  package var positiveClass: Int? { classNames.count == 2 ? 1 : nil }
  /// Keeps the memory of both sets alive.
  private let owner: Any

  package init(train: SampleSet, test: SampleSet, classNames: [String], owner: Any) {
    self.train = train
    self.test = test
    self.classNames = classNames
    self.owner = owner
  }
}
