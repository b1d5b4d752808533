/// The sleep between two polls: short after a message, since an answer may follow at once, and
/// growing while none arrives, so that waiting costs no core.
struct PollInterval {
  private static let shortest = 0.0001
  private static let longest = 0.005
  private var seconds = Self.shortest

  /// Returns the next sleep in seconds.
  mutating func next(afterMessage hadMessage: Bool) -> Double {
    seconds = hadMessage ? Self.shortest : min(2 * seconds, Self.longest)
    return seconds
  }
}
