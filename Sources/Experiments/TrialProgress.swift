/// A running trial's progress.
public struct TrialProgress: Hashable, Codable, Sendable {
  /// The current epoch, counted from 1.
  public var epoch: Int
  /// Share of the whole trial that is done, in [0, 1].
  public var fraction: Double
  /// Mean training loss per sample since the epoch began.
  public var loss: Double
  /// Share of the training samples since the epoch began that were classified correctly.
  public var accuracy: Double
  /// Training samples per second, over all ranks of the group.
  public var samplesPerSecond: Double

  /// Progress from its parts.
  public init(
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
  public var outcome: TrialOutcome
  /// The bytes of `model.safetensors`; empty on all ranks of the group but the first.
  public var model: [UInt8]

  /// A network from its measurements and its bytes.
  public init(outcome: TrialOutcome, model: [UInt8]) {
    self.outcome = outcome
    self.model = model
  }
}
