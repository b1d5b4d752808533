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
