import Experiments

/// Where a trial stands between two epochs.
public struct TrialProgress: Hashable, Codable, Sendable {
  /// The epoch that runs, counted from 1.
  public var epoch: Int
  /// Share of the epoch's steps that are done.
  public var fraction: Double
  /// Mean training loss per sample so far in this epoch.
  public var loss: Double
  /// Share of this epoch's training samples classified correctly so far, dropout on.
  public var accuracy: Double
  /// Training samples per second over all ranks of the group.
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

/// Hears of a trial's progress on the group's first rank, and may ask it to stop.
public protocol TrialObserver {
  /// Asked after every step on the group's first rank: true ends the trial after that step, on all
  /// ranks of the group.
  var shouldStop: Bool { get }
  /// Called after a step now and then; cheap, since it is in the way of the training.
  func progress(_ progress: @autoclosure () -> TrialProgress)
  /// Called after every epoch.
  func epochFinished(_ record: EpochRecord) throws
}

/// The trial was asked to stop before its last epoch.
public struct TrialInterrupted: ReportableError {
  /// The step after which it stopped, counted from 1.
  public let step: Int
  /// What happened and what to do.
  public var description: String { "Interrupted after step \(step): run the command again." }
  /// Of the class "interrupted".
  public var exitCode: ExitCode { .interrupted }
}

/// The loss is no longer a number.
public struct TrialDiverged: ReportableError {
  /// The epoch, counted from 1.
  public let epoch: Int
  /// The step over all epochs, counted from 1.
  public let step: Int
  /// The last finite mean loss of a batch, if there was one.
  public let lastLoss: Double?

  /// What happened and what to do.
  public var description: String {
    let last = lastLoss.map { "; the last finite loss was \($0)" } ?? ""
    return "the loss is not a finite number at step \(step), epoch \(epoch)\(last). "
      + "A smaller learning rate may help."
  }
  /// The study goes on; the trial has failed.
  public var exitCode: ExitCode { .someTrialsFailed }
}

/// A rank's replica differs from the others'.
public struct ReplicaMismatch: ReportableError {
  /// Ranks of the group whose parameters differ from the majority's.
  public let ranks: [Int]
  /// The epoch after which it was seen, counted from 1.
  public let epoch: Int

  /// What happened and what to do.
  public var description: String {
    let list = ranks.map(String.init).joined(separator: ", ")
    return "after epoch \(epoch) the parameters of rank \(list) of the group differ from the "
      + "other ranks': run the trial again, and check that machine's memory if it happens twice."
  }
  /// Of the class "environment".
  public var exitCode: ExitCode { .environment }
}
