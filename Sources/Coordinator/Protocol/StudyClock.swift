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
      seconds: { (ContinuousClock.now - start) / .seconds(1) },
      timestamp: { Date.now.formatted(style) },
      sleep: { Thread.sleep(forTimeInterval: $0) })
  }()
}

/// How long to sleep between two looks for a message: short after one has come, because an answer
/// may follow at once, and longer and longer while none does, so that waiting costs no core.
struct PollInterval {
  private static let shortest = 0.0001
  private static let longest = 0.005
  private var seconds = Self.shortest

  /// The next sleep, in seconds.
  mutating func next(afterMessage hadMessage: Bool) -> Double {
    seconds = hadMessage ? Self.shortest : min(2 * seconds, Self.longest)
    return seconds
  }
}

/// Lets something happen at most once per interval.
struct RateLimit {
  let interval: Double
  private var last = -Double.infinity

  init(interval: Double) { self.interval = interval }

  /// Whether it may happen at `time`, which counts as the last time then.
  mutating func allows(at time: Double) -> Bool {
    guard isDue(at: time) else { return false }
    last = time
    return true
  }

  /// Whether it may happen at `time`.
  func isDue(at time: Double) -> Bool { time - last >= interval }
}
