import Glibc

/// A wait for ranks on the same host, which takes microseconds if each has its own core. If ranks
/// share a core, the waiting one must yield it to those that it waits for.
package struct SpinPause {
  private static let looksBeforeYielding = 1000
  private var looks = 0

  package init() {}

  /// Called after each unsuccessful poll.
  package mutating func rest() {
    looks += 1
    if looks > Self.looksBeforeYielding { sched_yield() }
  }
}
