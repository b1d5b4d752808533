import Experiments
import Storage
import Support

/// Hears of a trial's progress on the group's first rank, and may ask it to stop.
package protocol TrialObserver {
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
package struct TrialPaused: Error, Hashable {
  package let record: EpochRecord

  package init(record: EpochRecord) { self.record = record }
}

/// The trial was asked to stop before its last epoch.
package struct TrialInterrupted: Error {
  /// The step after which it stopped, counted from 1.
  package let step: Int

  package init(step: Int) { self.step = step }
}

/// The loss or a gradient is no longer a number.
package struct TrialDiverged: ReportableError, Hashable {
  package enum Quantity: Sendable { case loss, gradient }

  package let quantity: Quantity
  /// The epoch, counted from 1.
  package let epoch: Int
  /// The step over all epochs, counted from 1.
  package let step: Int
  /// The last finite mean loss of a batch, if there was one.
  package let lastLoss: Double?

  package var description: String {
    let last = lastLoss.map { "; the last finite loss was \($0)" } ?? ""
    let what = quantity == .loss ? "the loss is" : "a gradient is"
    return "diverged: \(what) not a finite number at step \(step), epoch \(epoch)\(last). "
      + "A smaller learning rate may help."
  }
  /// The study goes on; the trial has failed.
  package var exitCode: ExitCode { .someTrialsFailed }
}

/// A rank's replica differs from the others'.
package struct ReplicaMismatch: ReportableError, Hashable {
  /// Ranks of the group whose parameters differ from the majority's.
  package let ranks: [Int]
  package let groupSize: Int
  /// The step in or after which it was seen, counted from 1.
  package let step: Int
  package let tensor: String

  package init(ranks: [Int], groupSize: Int, step: Int, tensor: String) {
    self.ranks = ranks
    self.groupSize = groupSize
    self.step = step
    self.tensor = tensor
  }

  package var description: String {
    let list = ranks.map(String.init).joined(separator: ", ")
    // Of two that differ nobody knows which one is right.
    let who =
      groupSize == 2 ? "of the group's two ranks differ" : "of rank \(list) of the group differ"
    return "at step \(step) the parameters \(who)\(groupSize == 2 ? "" : " from the others'"), in "
      + "\(tensor). Check the machine's memory if it happens twice."
  }
  package var exitCode: ExitCode { .environment }
}
