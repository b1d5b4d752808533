import Datasets
import MPI
import Models
import NeuralNet

/// A set of images in memory that the ranks of a host share: pixels, then labels.
final class SharedImages: PlacedDataset {
  private let layout: ImageLayout
  private let window: SharedWindow<UInt8>

  /// Collective over the host; `source` is there on its first rank.
  init(_ layout: ImageLayout, from source: ImageDataset?, on local: Communicator) throws {
    self.layout = layout
    window = try SharedWindow(count: layout.count * (layout.input.count + 1), on: local)
    var place = window.elements.startIndex
    for part in source.map({ $0.pixels + [$0.labels[...]] }) ?? [] {
      let end = place + part.count
      _ = UnsafeMutableBufferPointer(rebasing: window.elements[place..<end])
        .update(fromContentsOf: part)
      place = end
    }
    try window.synchronise()
  }

  private var pixels: UnsafePointer<UInt8> {
    UnsafePointer(window.elements.baseAddress.unsafelyUnwrapped)
  }
  private var labels: UnsafePointer<UInt8> { pixels + layout.count * layout.input.count }
  private var allLabels: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: labels, count: layout.count)
  }

  var shape: DatasetShape {
    layout.split.shape(input: layout.input, classes: layout.classNames.count, allLabels)
  }

  func data(seed: UInt64) -> TrialData {
    func samples(from first: Int, _ count: Int, _ chosen: ChosenSamples? = nil) -> SampleSet {
      SampleSet(
        features: .pixels(pixels + first * layout.input.count), labels: labels + first,
        count: count, shape: layout.input, chosen: chosen)
    }
    let sets: (train: SampleSet, test: SampleSet)
    switch layout.split {
    case .given(let count):
      sets = (samples(from: 0, count), samples(from: count, layout.count - count))
    case .drawn:
      let (train, test) = layout.split.samples(allLabels, seed: seed)
      sets = (
        samples(from: 0, train.count, ChosenSamples(train)),
        samples(from: 0, test.count, ChosenSamples(test))
      )
    }
    return TrialData(
      train: sets.train, test: sets.test, classNames: layout.classNames, owner: self)
  }

  /// Networks take every byte.
  func checkValues(seed: UInt64) {}

  /// Of all pixels and labels, their shape, the classes' names, and the number of training samples.
  func digest() -> UInt64 {
    var digest = QuickDigest()
    digest.add(UnsafeRawBufferPointer(window.elements))
    let lengths = [layout.input.height, layout.input.width, shape.trainCount]
    lengths.withUnsafeBytes { digest.add($0) }
    for name in layout.classNames { digest.add(name) }
    return digest.value
  }

  func free() throws { try window.free() }
}
