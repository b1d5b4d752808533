import Experiments

/// How much is looked at after an epoch besides the test set, and after which epochs: so much that it
/// costs at most 1.5 % of the training steps.
///
/// A forward pass counts as 1 a sample, a training step as 3. Large sets are looked at after every
/// epoch; a small one, whose epochs are over in a moment, after some of them, since a smaller part of
/// it would say nothing.
package struct ObservationPlan: Hashable, Sendable {
  /// One training sample in this many is scored without dropout.
  package let sampleInterval: Int
  /// Samples of the batch whose gradient is taken.
  package let gradientSamples: Int
  /// Epochs from one look to the next.
  package let epochInterval: Int
  private let epochs: Int

  /// The largest share of an epoch's training steps.
  private static let budget = 0.015
  /// Fewer scored samples make a curve of noise.
  private static let fewestScored = 128
  private static let fewestGradients = 32

  package init(count: Int, batchSize: Int, epochs: Int) {
    let scored = max(Self.fewestScored, count / 40)
    sampleInterval = max(1, (count + scored - 1) / scored)
    gradientSamples = min(count, batchSize, max(Self.fewestGradients, count / 400))
    let looked = (count + sampleInterval - 1) / sampleInterval
    let cost = Double(looked + 3 * gradientSamples)
    epochInterval = max(1, Int((cost / (Self.budget * 3 * Double(max(1, count)))).rounded(.up)))
    self.epochs = epochs
  }

  /// Whether it is time after this epoch, counted from 1: after the first one, then at intervals, and
  /// after the last.
  package func isDue(after epoch: Int) -> Bool {
    (epoch - 1).isMultiple(of: epochInterval) || epoch == epochs
  }
}
