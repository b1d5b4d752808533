import Datasets
import Experiments
import NeuralNet

/// A table split by a trial's seed and standardised with its training rows.
final class TableSamples {
  private let trainFeatures: AlignedBuffer<Float>
  private let testFeatures: AlignedBuffer<Float>
  private let trainLabels: AlignedBuffer<UInt8>
  private let testLabels: AlignedBuffer<UInt8>
  private let shape: ImageShape
  private let classNames: [String]

  init(_ table: Table, trial: Trial, testFraction: Double) {
    let rows = table.split(seed: trial.seed, testFraction: testFraction)
    // Nothing of the test rows goes into the scaling.
    let scaling = table.standardisation(by: rows.train)
    trainFeatures = .filled(with: scaling.apply(table.features(of: rows.train)))
    testFeatures = .filled(with: scaling.apply(table.features(of: rows.test)))
    trainLabels = .filled(with: rows.train.map { table.labels[$0] })
    testLabels = .filled(with: rows.test.map { table.labels[$0] })
    classNames = table.classNames
    shape = ImageShape(table, of: trial.dataset)
  }

  var data: TrialData {
    TrialData(
      train: SampleSet(
        features: .values(trainFeatures.base), labels: trainLabels.base, count: trainLabels.count,
        shape: shape),
      test: SampleSet(
        features: .values(testFeatures.base), labels: testLabels.base, count: testLabels.count,
        shape: shape),
      classNames: classNames, positiveClass: classNames.count == 2 ? 1 : nil, owner: self)
  }
}

extension AlignedBuffer {
  fileprivate static func filled(with values: [Element]) -> AlignedBuffer {
    let buffer = AlignedBuffer(count: values.count)
    _ = buffer.elements.update(fromContentsOf: values)
    return buffer
  }
}
