import Foundation

/// The clocks, as a seam: tests need no real time.
package struct StudyClock: Sendable {
  /// Monotonic seconds from a fixed start.
  package var seconds: @Sendable () -> Double
  /// The time of day in ISO 8601.
  package var timestamp: @Sendable () -> String
  package var sleep: @Sendable (Double) -> Void

  package init(
    seconds: @escaping @Sendable () -> Double, timestamp: @escaping @Sendable () -> String,
    sleep: @escaping @Sendable (Double) -> Void
  ) {
    self.seconds = seconds
    self.timestamp = timestamp
    self.sleep = sleep
  }

  package static let timestampStyle = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  package static let system: StudyClock = {
    let start = ContinuousClock.now
    return StudyClock(
      seconds: { (ContinuousClock.now - start).inSeconds },
      timestamp: { Date.now.formatted(timestampStyle) },
      sleep: { Thread.sleep(forTimeInterval: $0) })
  }()
}

/// Allows something at most once per interval.
package struct RateLimit {
  private let interval: Double
  private var last = -Double.infinity

  package init(interval: Double) { self.interval = interval }

  /// Whether it may happen at `time`; if so, `time` starts the next interval.
  package mutating func allows(at time: Double) -> Bool {
    guard isDue(at: time) else { return false }
    last = time
    return true
  }

  package func isDue(at time: Double) -> Bool { time - last >= interval }
}
