import Datasets
import MPI
import NeuralNet

/// A set of images in memory that the ranks of a node share.
final class SharedImages {
  let layout: ImageLayout
  let order: Int
  private let node: Communicator
  private let window: SharedWindow<UInt8>

  /// Makes room; collective over the node. `order` is the same on all ranks and differs between
  /// sets, so that all ranks free them in one order.
  init(_ layout: ImageLayout, order: Int, node: Communicator) throws {
    self.layout = layout
    self.order = order
    self.node = node
    let count = (layout.trainCount + layout.testCount) * (layout.pixels + 1)
    window = try SharedWindow(count: count, on: node)
  }

  /// Copies the images in; on the node's first rank only.
  func fill(from source: ImageDataset) {
    var place = window.elements.startIndex
    for part in [
      source.trainPixels, source.testPixels, source.trainLabels, source.testLabels,
    ] {
      let end = place + part.count
      _ = UnsafeMutableBufferPointer(rebasing: window.elements[place..<end])
        .update(fromContentsOf: part)
      place = end
    }
  }

  /// Lets every rank see what the first one copied; collective over the node.
  func synchronise() throws { try window.synchronise() }

  /// Of all pixels and labels, and of how many there are.
  func digest() -> UInt64 {
    var digest = QuickDigest()
    digest.add(UnsafeRawBufferPointer(window.elements))
    for count in [layout.trainCount, layout.testCount] {
      withUnsafeBytes(of: count) { digest.add($0) }
    }
    return digest.value
  }

  /// Training and test images as a trial sees them.
  var data: TrialData {
    let shape = ImageShape(height: layout.height, width: layout.width, channels: 1)
    let base = UnsafePointer(window.elements.baseAddress.unsafelyUnwrapped)
    let testPixels = base + layout.trainCount * layout.pixels
    let trainLabels = testPixels + layout.testCount * layout.pixels
    return TrialData(
      train: SampleSet(
        features: .pixels(base), labels: trainLabels, count: layout.trainCount, shape: shape),
      test: SampleSet(
        features: .pixels(testPixels), labels: trainLabels + layout.trainCount,
        count: layout.testCount, shape: shape),
      classNames: layout.classNames, positiveClass: layout.classNames.count == 2 ? 1 : nil,
      owner: self)
  }

  func free() throws { try window.free() }
}
