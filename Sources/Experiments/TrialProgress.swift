/// A running trial's progress.
public struct TrialProgress: Hashable, Codable, Sendable {
  /// The current epoch, counted from 1.
  package var epoch: Int
  /// Share of the whole trial that is done, in [0, 1].
  package var fraction: Double
  /// Mean training loss per sample since the epoch began.
  package var loss: Double
  /// Share of the training samples since the epoch began that were classified correctly.
  package var accuracy: Double
  /// Training samples per second, over all ranks of the group.
  package var samplesPerSecond: Double

  package init(
    epoch: Int, fraction: Double, loss: Double, accuracy: Double, samplesPerSecond: Double
  ) {
    self.epoch = epoch
    self.fraction = fraction
    self.loss = loss
    self.accuracy = accuracy
    self.samplesPerSecond = samplesPerSecond
  }
}

/// A trained network.
public struct TrainedTrial: Sendable {
  /// The measurements, the same on every rank of the group.
  package var outcome: TrialOutcome
  /// The bytes of `model.safetensors`; empty on all ranks of the group but the first.
  package var model: [UInt8]

  /// A network from its measurements and its bytes.
  package init(outcome: TrialOutcome, model: [UInt8]) {
    self.outcome = outcome
    self.model = model
  }
}
