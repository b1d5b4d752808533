import Experiments
import Storage
import Support

/// Hears of a trial's progress on the group's first rank, and may ask it to stop.
public protocol TrialObserver {
  /// Asked after every step: true ends the trial after that step, on all ranks of the group.
  func shouldStop() throws -> Bool
  /// Whether `progress` would be of use now: asked after every step, before gathering what it takes.
  var wantsProgress: Bool { get }
  /// Called after a step.
  func progress(_ progress: TrialProgress) throws
  /// Called after every epoch.
  func epochFinished(_ record: EpochRecord) throws
  /// Called where the trial goes on from a checkpoint.
  func resumed(_ state: TrainingState) throws
  /// Called with a line about something that went wrong and was mended.
  func note(_ text: String) throws
  /// Called once a checkpoint couldn't be written; the trial goes on until it is told to stop.
  func cannotWrite(_ error: WriteError) throws
}

/// The trial was trained up to the epoch that it was to be trained to for now, and isn't done.
public struct TrialPaused: Error, Hashable {
  /// Its last epoch.
  public let record: EpochRecord

  /// A pause after an epoch.
  public init(record: EpochRecord) { self.record = record }
}

/// The trial was asked to stop before its last epoch.
public struct TrialInterrupted: ReportableError {
  /// The step after which it stopped, counted from 1.
  public let step: Int

  /// An interruption after a step.
  public init(step: Int) { self.step = step }

  /// What happened and what to do.
  public var description: String { "Interrupted after step \(step): run the command again." }
  /// Of the class "interrupted".
  public var exitCode: ExitCode { .interrupted }
}

/// The loss or a gradient is no longer a number.
public struct TrialDiverged: ReportableError, Hashable {
  /// What was met first.
  public enum Quantity: String, Codable, Sendable {
    /// The loss of a batch or of a set.
    case loss
    /// A gradient.
    case gradient
  }

  /// What isn't finite.
  public let quantity: Quantity
  /// The epoch, counted from 1.
  public let epoch: Int
  /// The step over all epochs, counted from 1.
  public let step: Int
  /// The last finite mean loss of a batch, if there was one.
  public let lastLoss: Double?

  /// A divergence at a step.
  public init(_ quantity: Quantity, epoch: Int, step: Int, lastLoss: Double?) {
    self.quantity = quantity
    self.epoch = epoch
    self.step = step
    self.lastLoss = lastLoss
  }

  /// What happened and what to do.
  public var description: String {
    let last = lastLoss.map { "; the last finite loss was \($0)" } ?? ""
    let what = quantity == .loss ? "the loss is" : "a gradient is"
    return "diverged: \(what) not a finite number at step \(step), epoch \(epoch)\(last). "
      + "A smaller learning rate may help."
  }
  /// The study goes on; the trial has failed.
  public var exitCode: ExitCode { .someTrialsFailed }
}

/// A rank's replica differs from the others'.
public struct ReplicaMismatch: ReportableError, Hashable {
  /// Ranks of the group whose parameters differ from the majority's.
  public let ranks: [Int]
  /// Ranks of the group.
  public let groupSize: Int
  /// The step in or after which it was seen, counted from 1.
  public let step: Int
  /// The tensor that it was seen in.
  public let tensor: String

  package init(ranks: [Int], groupSize: Int, step: Int, tensor: String) {
    self.ranks = ranks
    self.groupSize = groupSize
    self.step = step
    self.tensor = tensor
  }

  /// What happened and what to do.
  public var description: String {
    let list = ranks.map(String.init).joined(separator: ", ")
    // Of two that differ nobody knows which one is right.
    let who =
      groupSize == 2 ? "of the group's two ranks differ" : "of rank \(list) of the group differ"
    return "at step \(step) the parameters \(who)\(groupSize == 2 ? "" : " from the others'"), in "
      + "\(tensor). Check the machine's memory if it happens twice."
  }
  /// Of the class "environment".
  public var exitCode: ExitCode { .environment }
}
