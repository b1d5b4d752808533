import Support
import Synchronization

/// Asks a study to stop: set it on rank 0, from a signal's handler or another thread.
public final class StopFlag: Sendable {
  private let isSet = Atomic(false)

  /// A flag that isn't set.
  public init() {}

  /// Asks the study to stop. Doesn't wait, allocate or lock.
  public func request() { isSet.store(true, ordering: .releasing) }

  /// Whether the study was asked to stop.
  public var isRequested: Bool { isSet.load(ordering: .acquiring) }

  /// What a signal asks for before the study has begun.
  struct BeforeTheStudy: ReportableError {
    var description: String { "interrupted before the study began; run the same command again" }
    var exitCode: ExitCode { .interrupted }
  }

  /// Throws once the study was asked to stop, which hasn't begun.
  func check() throws { if isRequested { throw BeforeTheStudy() } }
}
