import Foundation
import Synchronization

/// Ends the job when a rank stays too long in one place, since a hang names nobody.
final class Watchdog: Sendable {
  private struct Limit {
    let end: ContinuousClock.Instant
    let complaint: String
  }

  private let limit = Mutex<Limit?>(nil)

  init() {
    Thread.detachNewThread { [self] in
      while true {
        Thread.sleep(forTimeInterval: 0.1)
        let passed = limit.withLock { limit in
          limit.flatMap { ContinuousClock.now > $0.end ? $0.complaint : nil }
        }
        if let passed { endJob(passed) }
      }
    }
  }

  /// From now on this rank has so many seconds until the next call.
  func expect(within seconds: Int, orElse complaint: String) {
    limit.withLock { $0 = Limit(end: .now + .seconds(seconds), complaint: complaint) }
  }

  /// Stops watching.
  func rest() { limit.withLock { $0 = nil } }
}
