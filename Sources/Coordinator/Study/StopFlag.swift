import Support
import Synchronization

/// Asks a study to stop: set it on rank 0, from a signal's handler or another thread.
package final class StopFlag: Sendable {
  private let isSet = Atomic(false)

  package init() {}

  /// Asks the study to stop. Doesn't wait, allocate or lock.
  package func request() { isSet.store(true, ordering: .releasing) }

  package var isRequested: Bool { isSet.load(ordering: .acquiring) }

  /// Throws once the study was asked to stop, which hasn't begun.
  func check() throws {
    guard isRequested else { return }
    throw Refusal(
      .interrupted, "interrupted before the study began; run the same command again")
  }
}
