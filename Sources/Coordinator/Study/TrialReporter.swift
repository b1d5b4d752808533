import DataParallel
import Experiments
import Storage
import Support

/// Tells the coordinator how a trial goes. Every rank of a group has one, and may call it; those of all
/// ranks but the first do nothing.
package final class TrialReporter: TrialObserver {
  private static let secondsBetweenReports = 0.5
  private static let secondsBetweenLooks = 0.02
  private let id: String
  private let end: GroupEnd?
  private let stop: StopFlag
  private let clock: StudyClock
  /// The epoch after which the trial pauses, if it isn't done then.
  package let pauseAfter: Int?
  /// The id under which the coordinator holds the study's folder.
  package let lock: String
  private var reports = RateLimit(interval: secondsBetweenReports)
  private var looks = RateLimit(interval: secondsBetweenLooks)

  init(
    id: String, pauseAfter: Int?, lock: String, end: GroupEnd?, stop: StopFlag, clock: StudyClock
  ) {
    self.id = id
    self.pauseAfter = pauseAfter
    self.lock = lock
    self.end = end
    self.stop = stop
    self.clock = clock
  }

  /// Whether a report made now would be sent: ask before gathering what it takes. False on all ranks
  /// but the first.
  package var wantsProgress: Bool { end != nil && reports.isDue(at: clock.seconds()) }

  /// Reports how far the trial is, at most twice a second; more often does nothing. While the coordinator
  /// takes nothing in, for instance because it waits for its disk, there is no use in it.
  package func progress(_ progress: TrialProgress) throws {
    guard let end, reports.allows(at: clock.seconds()), try end.line.unsent() == 0 else { return }
    try end.line.send(.progress(trial: id, progress))
  }

  package func epochFinished(_ record: EpochRecord) throws {
    try end?.line.send(.epochFinished(trial: id, record))
  }

  package func resumed(_ state: TrainingState) throws {
    try end?.line.send(.resumed(trial: id, step: state.step, epochs: state.records))
  }

  package func note(_ text: String) throws { try end?.line.send(.note(trial: id, text: text)) }

  package func cannotWrite(_ error: WriteError) throws {
    try end?.line.send(.cannotWrite(trial: id, error))
  }

  /// Whether the trial should be released: once this rank was told so by a signal, and on the first rank
  /// once the coordinator has said so. Ranks see it at different steps: let them agree, for instance in a
  /// sum that they exchange anyway, and throw `TrialInterrupted` together. Cheap enough for every step.
  package func shouldStop() throws -> Bool {
    if stop.isRequested { return true }
    guard let end else { return false }
    if !end.isStopRequested, looks.allows(at: clock.seconds()) { try end.look() }
    return end.isStopRequested || end.isYieldRequested
  }
}
