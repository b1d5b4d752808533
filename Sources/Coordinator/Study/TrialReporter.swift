import DataParallel
import Experiments

/// Tells the leader how a trial goes. Every rank of a group has one, and may call it; those of all
/// ranks but the first do nothing.
public final class TrialReporter: TrialObserver {
  private static let secondsBetweenReports = 0.5
  private static let secondsBetweenLooks = 0.02
  private let id: String
  private let end: WorkerEnd?
  private let clock: StudyClock
  private var reports = RateLimit(interval: secondsBetweenReports)
  private var looks = RateLimit(interval: secondsBetweenLooks)

  init(id: String, end: WorkerEnd?, clock: StudyClock) {
    self.id = id
    self.end = end
    self.clock = clock
  }

  /// Whether a report made now would be sent: ask before gathering what it takes. False on all ranks
  /// but the first.
  public var wantsProgress: Bool { end != nil && reports.isDue(at: clock.seconds()) }

  /// Reports how far the trial is, at most twice a second; more often does nothing.
  public func progress(_ progress: TrialProgress) throws {
    guard let end, reports.allows(at: clock.seconds()) else { return }
    try end.line.send(.progress(trial: id, progress))
  }

  /// Reports an epoch, each time.
  public func epochFinished(_ record: EpochRecord) throws {
    try end?.line.send(.epochFinished(trial: id, record))
  }

  /// Whether the trial should be given up: on the first rank, once the leader has said so; false on
  /// all others. Ranks see it at different steps: let them agree, for instance in a sum that they
  /// exchange anyway, and throw `TrialInterrupted` together. Cheap enough for every step.
  public func shouldStop() throws -> Bool {
    guard let end else { return false }
    if !end.isStopRequested, looks.allows(at: clock.seconds()) { try end.look() }
    return end.isStopRequested
  }
}
