import Foundation

/// Time as the two ends see it: a seam, so that tests need no real one.
package struct StudyClock: Sendable {
  /// Seconds from a fixed start; never falls.
  package var seconds: @Sendable () -> Double
  /// The time of day in ISO 8601.
  package var timestamp: @Sendable () -> String
  /// Sleeps for so many seconds.
  package var sleep: @Sendable (Double) -> Void

  package init(
    seconds: @escaping @Sendable () -> Double, timestamp: @escaping @Sendable () -> String,
    sleep: @escaping @Sendable (Double) -> Void
  ) {
    self.seconds = seconds
    self.timestamp = timestamp
    self.sleep = sleep
  }

  /// The machine's clocks.
  package static let system: StudyClock = {
    let start = ContinuousClock.now
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    return StudyClock(
      seconds: { (ContinuousClock.now - start).inSeconds },
      timestamp: { Date.now.formatted(style) },
      sleep: { Thread.sleep(forTimeInterval: $0) })
  }()
}

/// Lets something happen at most once per interval.
package struct RateLimit {
  private let interval: Double
  private var last = -Double.infinity

  package init(interval: Double) { self.interval = interval }

  /// Whether it may happen at `time`, which counts as the last time then.
  package mutating func allows(at time: Double) -> Bool {
    guard isDue(at: time) else { return false }
    last = time
    return true
  }

  /// Whether it may happen at `time`.
  package func isDue(at time: Double) -> Bool { time - last >= interval }
}
