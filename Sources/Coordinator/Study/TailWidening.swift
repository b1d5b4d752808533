import Support

/// How groups that have nothing to do at the end of a study come to help with a trial that has a long way
/// to go: it is given up, and gone on with by all of them from its checkpoint.
struct TailWidening {
  /// The trial that was asked to be given up.
  private var yielding: String?
  /// Groups that have given the trial up and haven't asked for it yet.
  private var rejoining: Set<Int> = []
  private var looks = RateLimit(interval: 1)

  /// Whether groups that gave a trial up are still to ask for it: it isn't handed out without them.
  var isGathering: Bool { !rejoining.isEmpty }

  /// Looks, now and then, for a trial that is worth giving up.
  /// - Returns: the group to ask for it.
  mutating func groupToAsk(_ queue: TrialQueue, at time: Double) -> Int? {
    guard yielding == nil, looks.allows(at: time), let most = queue.mostHelped(at: time),
      most.gain > TrialQueue.secondsWorthWidening
    else { return nil }
    yielding = most.id
    return most.group
  }

  /// A group has given a trial up that its `team` trained; some may have asked for work already, as
  /// messages of different groups come in any order.
  /// - Returns: whether it was asked to.
  mutating func gaveUp(_ trial: String, team: [Int], asking: Set<Int>) -> Bool {
    guard trial == yielding else { return false }
    rejoining = Set(team).subtracting(asking)
    return true
  }

  /// A group has asked for work.
  mutating func ready(_ group: Int) { rejoining.remove(group) }

  /// A group works on the trial no longer, for whatever reason.
  mutating func ended(_ trial: String) {
    if trial == yielding { yielding = nil }
  }
}
