import Support

/// Lets groups that are idle at the end of a study join a trial with a long way to go: its group
/// checkpoints and releases it, and several groups resume it together.
struct TailWidening {
  /// The trial whose group was asked to release it.
  private var yielding: String?
  /// Groups that have released the trial and haven't asked for it yet.
  private var rejoining: Set<Int> = []
  private var looks = RateLimit(interval: 1)

  /// Whether groups that released a trial have yet to ask for it: it isn't dispatched without them.
  var isGathering: Bool { !rejoining.isEmpty }

  /// Looks, now and then, for a trial that is worth interrupting.
  /// - Returns: the group to ask for it.
  mutating func groupToAsk(_ queue: TrialQueue, at time: Double) -> Int? {
    guard yielding == nil, looks.allows(at: time), let most = queue.bestToWiden(at: time),
      most.gain > TrialQueue.secondsWorthWidening
    else { return nil }
    yielding = most.id
    return most.group
  }

  /// A trial's groups have released it; some may have asked for work already, as messages of different
  /// groups come in any order.
  /// - Returns: whether that was asked for.
  mutating func released(_ trial: String, by groups: [Int], asking: Set<Int>) -> Bool {
    guard trial == yielding else { return false }
    rejoining = Set(groups).subtracting(asking)
    return true
  }

  /// A group has asked for work.
  mutating func ready(_ group: Int) { rejoining.remove(group) }

  /// A group works on the trial no longer, for whatever reason.
  mutating func ended(_ trial: String) {
    if trial == yielding { yielding = nil }
  }
}
