import Foundation
import Support

/// Decides which ranks of a host are stalled, and which blocks the others: a pure function.
package enum StallJudgement {
  /// No rank counts as stalled before this many seconds.
  static let leastPatience = 10.0
  /// Nor before this multiple of its usual step.
  static let patienceInSteps = 20.0

  /// The coordinator waits for disks, perhaps of a busy network file system, but not forever.
  static let coordinatorPatience = 120.0
  /// Longer than the coordinator's, so that it is named before those who wait for it.
  static let reportPatience = 150.0

  /// Files may be large and on a busy network file system. But a rank that neither moves a byte nor
  /// computes for this long is stuck; `StallWatch` looks for both.
  static let filesPatience = 600.0
  /// The limit even for a rank that computes all the time.
  package static let mostForFiles = 6 * 3600.0
  /// Once all ranks have arrived, a meeting takes no longer than a busy machine needs.
  static let meetingPatience = 60.0

  /// In a job on several hosts, ranks that wait for others get this much more: a lost or stalled
  /// host should be named by the ranks that know.
  static let remotePatience = 3.5

  /// Returns how many seconds a rank may go without a beat; nil for no limit.
  /// - Parameter scale: shortens the long time-outs, for tests.
  package static func patience(
    _ sign: HeartbeatBoard.Sign, spansHosts: Bool, scale: Double = 1
  ) -> Double? {
    switch sign.operation {
    case .away: return nil
    case .leading: return coordinatorPatience
    case .files: return filesPatience * scale
    case .meeting:
      // A rank on another host may still be at its files, which can't be seen from here.
      return (meetingPatience + (spansHosts ? filesPatience : 0)) * scale
        + (spansHosts ? remotePatience : 0)
    case .reporting: return reportPatience + (spansHosts ? remotePatience : 0)
    default:
      return max(leastPatience, patienceInSteps * Double(sign.usual) * 1e-9)
        + (spansHosts && sign.operation.isWaiting ? remotePatience : 0)
    }
  }

  /// Returns the ranks without progress. Times are the host's clock, in nanoseconds.
  /// - Parameters:
  ///   - notBefore: ignores time before this, when the judge itself was suspended.
  ///   - stoppedSince: when each stopped or dead process stopped. No operation excuses being
  ///     stopped, so the shortest time-out applies.
  ///   - movedAt: when each process at its files was last seen to read, write or compute.
  package static func stalled(
    _ signs: [HeartbeatBoard.Sign], now: UInt64, notBefore: UInt64,
    stoppedSince: [Int32: UInt64] = [:], movedAt: [Int32: UInt64] = [:],
    spansHosts: Bool = false, scale: Double = 1
  ) -> [HeartbeatBoard.Sign] {
    func isOver(_ patience: Double, since: UInt64) -> Bool {
      now > since && Double(now - since) * 1e-9 > patience
    }
    func isStalled(_ sign: HeartbeatBoard.Sign) -> Bool {
      // The coordinator shares its process with a rank.
      if let since = stoppedSince[sign.process], sign.operation != .leading,
        isOver(leastPatience, since: since)
      {
        return true
      }
      guard let patience = patience(sign, spansHosts: spansHosts, scale: scale) else {
        return false
      }
      let since = max(sign.time, notBefore)
      guard sign.operation == .files, let moved = movedAt[sign.process] else {
        return isOver(patience, since: since)
      }
      return isOver(patience, since: max(since, moved))
        || isOver(mostForFiles * scale, since: since)
    }
    let stalled = signs.filter(isStalled)
    // A rank in a meeting may wait as long as another has a good reason to be late.
    let busy = signs.filter { sign in
      (sign.operation == .files || sign.operation == .away) && !isStalled(sign)
    }
    return stalled.filter { sign in
      sign.operation != .meeting || stoppedSince[sign.process] != nil
        || !busy.contains { $0.trial == sign.trial }
    }
  }

  /// Returns the ranks to blame. A stalled coordinator blocks everyone, so it comes first. Within a
  /// trial: the stopped ranks, else the stalled ranks that aren't waiting for others; if all wait,
  /// the ones furthest behind, preferring sleepers (waiting for another rank spins). May return
  /// several suspects of which one is to blame: see `report`.
  package static func culprits(
    _ stalled: [HeartbeatBoard.Sign], isStopped: (Int32) -> Bool,
    isAsleep: (Int32) -> Bool = { _ in false }
  ) -> [HeartbeatBoard.Sign] {
    let coordinator = stalled.filter { $0.operation == .leading }
    if !coordinator.isEmpty { return coordinator }
    return Dictionary(grouping: stalled, by: \.trial).values.flatMap { ranks in
      let stopped = ranks.filter { isStopped($0.process) }
      if !stopped.isEmpty { return stopped }
      let busy = ranks.filter { !$0.operation.isWaiting }
      if !busy.isEmpty { return busy }
      let position = { (sign: HeartbeatBoard.Sign) in (sign.step, Int(sign.operation.rawValue)) }
      let last = ranks.map(position).min { $0 < $1 } ?? (0, 0)
      let behind = ranks.filter { position($0) == last }
      let asleep = behind.filter { isAsleep($0.process) }
      return asleep.isEmpty ? behind : asleep
    }.sorted { $0.rank < $1.rank }
  }

  /// Returns a line for each trial whose suspects all wait for each other, so that none stands out.
  private static func undecided(_ culprits: [HeartbeatBoard.Sign], spansHosts: Bool) -> [String] {
    let trials = Dictionary(grouping: culprits, by: \.trial).values
      .filter { ($0.count > 1 || spansHosts) && $0.allSatisfy(\.operation.isWaiting) }
    return trials.map { ranks in
      let names = ranks.map { String($0.rank) }.joined(separator: ", ")
      if spansHosts {
        return
          "\(ranks.count == 1 ? "rank \(names) waits" : "ranks \(names) wait") for others: one of "
          + "them is stuck in it, or a rank on another host, or the network between them"
      }
      return "ranks \(names) wait for each other: one of them is stuck in it, and it can't be seen "
        + "from here which one"
    }.sorted()
  }

  /// Returns the message that names the culprits and lists every rank's last operations.
  package static func report(
    culprits: [HeartbeatBoard.Sign], all: [HeartbeatBoard.Sign], host: String, now: UInt64,
    spansHosts: Bool = false, state: (Int32) -> String
  ) -> String {
    var lines = culprits.map { sign in
      let process = "process \(sign.process) \(state(sign.process))"
      let since = seconds(since: sign.time, now)
      if sign.operation == .leading {
        return "the coordinator on \(host), rank \(sign.rank), makes no progress: nothing for "
          + "\(since) s, \(process); most likely it waits for the disk with the study's folder"
      }
      let who = "rank \(sign.rank) on \(host) makes no progress: "
      let trial = sign.trial == 0 ? "" : "trial \(trialID(sign)), "
      switch sign.operation {
      case .files:
        return who + trial + "at work by itself, as on files, for \(since) s, \(process)"
      case .meeting:
        return who + trial + "meeting the other ranks for \(since) s, \(process)"
      default:
        return who + "trial \(trialID(sign)), step \(sign.step), \(sign.operation) for \(since) s, "
          + "\(process); a step usually takes \(usual(sign))"
      }
    }
    lines += undecided(culprits, spansHosts: spansHosts)
    lines.append("the last operations of the ranks on \(host):")
    lines += operations(all, now: now, state: state)
    lines.append(Self.farewell)
    return lines.joined(separator: "\n")
  }

  static let farewell =
    "the job ends here; run the same command again to continue from the last checkpoints"

  static func operations(
    _ signs: [HeartbeatBoard.Sign], now: UInt64, state: (Int32) -> String
  ) -> [String] {
    signs.map { sign in
      let steps = sign.history.map { "\($0.step) \($0.operation)" }.joined(separator: ", ")
      let who = sign.operation == .leading ? "coordinator" : "rank \(sign.rank)"
      return "  \(who) (process \(sign.process), \(state(sign.process)), "
        + "\(seconds(since: sign.time, now)) s ago): \(steps)"
    }
  }

  private static func trialID(_ sign: HeartbeatBoard.Sign) -> String {
    sign.trial.hexadecimal
  }

  private static func seconds(since time: UInt64, _ now: UInt64) -> String {
    String(format: "%.1f", now > time ? Double(now - time) * 1e-9 : 0)
  }

  private static func usual(_ sign: HeartbeatBoard.Sign) -> String {
    sign.usual == 0
      ? "an unknown time so far" : String(format: "%.1f ms", Double(sign.usual) * 1e-6)
  }
}
