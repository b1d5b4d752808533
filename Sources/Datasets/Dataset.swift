import CounterRandom
import Models

/// Samples with a class each, read into memory and checked.
package protocol Dataset: Sendable {
  var input: ImageShape { get }
  /// Names of the classes, by number.
  var classNames: [String] { get }
  /// Each sample's class.
  var labels: [UInt8] { get }
  /// Which samples are trained and which tested on.
  var split: Split { get }
  /// How its features are kept.
  var form: DatasetForm { get }
  /// The file or folder that it was read from, for messages.
  var path: String { get }
  /// Some samples' features as a network sees them that is trained with a seed.
  ///
  /// - Throws: `DatasetError` with the place of a value that no network can take.
  func features(of samples: [Int], seed: UInt64) throws -> [Float]
  /// Looks for a value that a network can't take that is trained with a seed.
  ///
  /// - Throws: `DatasetError` with the value's place.
  func checkValues(seed: UInt64) throws
  /// Counts, class balance and a few samples, for people.
  func text(name: String) -> String
}

extension Dataset {
  /// The samples that a seed trains and tests on, in order.
  package func split(seed: UInt64) -> (train: [Int], test: [Int]) {
    split.samples(labels, seed: seed)
  }

  package var shape: DatasetShape {
    split.shape(input: input, classes: classNames.count, labels)
  }
}

/// How a data set's features are kept: the one place that decides how the ranks of a host share them.
package enum DatasetForm: Codable, Sendable {
  /// A byte each, divided by 255 for the network: many, of which a host keeps one copy.
  case bytes(ImageLayout)
  /// Numbers, standardised with the training rows of each seed: few, of which each rank has a copy.
  case numbers(Table)
}

/// Which samples of a data set are trained and which tested on.
package enum Split: Hashable, Codable, Sendable {
  /// The first samples, of this number, are trained on.
  case given(trainCount: Int)
  /// Each seed draws a share of each class to test on.
  case drawn(testFraction: Double)

  /// Samples to train and to test on, in order. Of a share, each class has the same held out: the test
  /// set's size is the share of all samples, rounded; classes get the whole part of their share and
  /// then, the largest remainder first, one more.
  package func samples(
    _ labels: some RandomAccessCollection<UInt8>, seed: UInt64
  ) -> (train: [Int], test: [Int]) {
    switch self {
    case .given(let count): return (Array(0..<count), Array(count..<labels.count))
    case .drawn(let fraction): return Self.draw(Array(labels), seed: seed, fraction)
    }
  }

  package func shape(
    input: ImageShape, classes: Int, _ labels: some RandomAccessCollection<UInt8>
  ) -> DatasetShape {
    let (train, test) = samples(labels, seed: 0)
    return DatasetShape(
      input: input, classes: classes, trainCount: train.count, testCount: test.count)
  }

  private static func draw(
    _ labels: [UInt8], seed: UInt64, _ fraction: Double
  ) -> (train: [Int], test: [Int]) {
    let members = (0...(labels.max() ?? 0)).map { number in
      labels.indices.filter { labels[$0] == number }
    }
    let shares = members.map { Double($0.count) * fraction }
    var sizes = shares.map { Int($0) }
    let wanted = Int((Double(labels.count) * fraction).rounded())
    let byRemainder = shares.indices.sorted {
      (shares[$0] - Double(sizes[$0]), -$0) > (shares[$1] - Double(sizes[$1]), -$1)
    }
    for index in byRemainder.prefix(max(0, wanted - sizes.reduce(0, +))) { sizes[index] += 1 }
    var isTest = [Bool](repeating: false, count: labels.count)
    for (number, members) in members.enumerated() {
      var order = members.map { UInt32($0) }
      var stream = RandomStream(seed: seed, purpose: .split, first: UInt32(number))
      stream.shuffle(&order)
      for sample in order.prefix(sizes[number]) { isTest[Int(sample)] = true }
    }
    return (labels.indices.filter { !isTest[$0] }, labels.indices.filter { isTest[$0] })
  }
}
