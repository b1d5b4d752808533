import Glibc

/// A wait for node-mates, which takes microseconds where each has a core of its own. Where they share
/// one, whoever waits has to leave it to those that it waits for.
package struct SpinPause {
  private static let looksBeforeYielding = 1000
  private var looks = 0

  package init() {}

  /// To be called after each look in vain.
  package mutating func rest() {
    looks += 1
    if looks > Self.looksBeforeYielding { sched_yield() }
  }
}
