import Foundation
import Synchronization

/// A thread on every rank that looks at the heartbeats of its node-mates, so that a job whose ranks
/// wait for one that is stuck, stopped or gone ends, instead of waiting for ever.
public final class StallWatch: Sendable {
  /// Why a job can't go on.
  public struct Verdict: Sendable {
    /// What happened, on several lines.
    public let text: String
  }

  private static let secondsBetweenLooks = 0.5
  private let isOver = Atomic(false)
  private let end = DispatchSemaphore(value: 0)
  private let spansNodes: Bool
  private let patienceScale: Double

  /// Starts to watch.
  /// - Parameters:
  ///   - host: this machine's name.
  ///   - spansNodes: whether ranks here may wait for ranks elsewhere.
  ///   - patienceScale: of the long patiences, for tests.
  ///   - give: called once, on one rank of the node, with why the job can't go on; it has to end it.
  ///   - orphaned: called when the process that started this one is gone; nil where that doesn't
  ///     matter.
  public init(
    _ board: HeartbeatBoard, host: String, spansNodes: Bool = false, patienceScale: Double = 1,
    give: @escaping @Sendable (Verdict) -> Void, orphaned: (@Sendable () -> Void)?
  ) {
    self.spansNodes = spansNodes
    self.patienceScale = patienceScale
    let parent = getppid()
    let thread = Thread { [self] in
      watch(board, host: host, parent: parent, give: give, orphaned: orphaned)
      end.signal()
    }
    thread.name = "watch"
    thread.start()
  }

  /// Stops to watch; waits for the thread.
  public func stop() {
    isOver.store(true, ordering: .releasing)
    end.wait()
  }

  /// The processes that sleep, or wait for a device, at most of many looks: whoever waits for others does
  /// so awake, and whoever sleeps in short naps is awake in between.
  private static func sleepers(_ processes: [Int32], _ board: HeartbeatBoard) -> Set<Int32> {
    var counts: [Int32: Int] = [:]
    for _ in 0..<looksForSleepers {
      for process in processes where board.state(of: process).isAsleep {
        counts[process, default: 0] += 1
      }
      Thread.sleep(forTimeInterval: 0.01)
    }
    return Set(counts.filter { 2 * $0.value > looksForSleepers }.keys)
  }

  private static let looksForSleepers = 30

  private func watch(
    _ board: HeartbeatBoard, host: String, parent: pid_t, give: (Verdict) -> Void,
    orphaned: (@Sendable () -> Void)?
  ) {
    var awakeSince = Heartbeat.now()
    var lastLook = awakeSince
    var stoppedSince: [Int32: UInt64] = [:]
    var movements = Movements()
    var wasSuspected = false
    while !isOver.load(ordering: .acquiring) {
      Thread.sleep(forTimeInterval: Self.secondsBetweenLooks)
      if let orphaned, getppid() != parent { return orphaned() }
      let now = Heartbeat.now()
      // Whoever was stopped himself, or whose machine was, knows nothing of the time in between.
      if Double(now - lastLook) * 1e-9 > 4 * Self.secondsBetweenLooks {
        awakeSince = now
        stoppedSince = [:]
      }
      lastLook = now
      let signs = board.signs()
      for sign in signs {
        let isStopped = board.state(of: sign.process).isStopped
        stoppedSince[sign.process] = isStopped ? stoppedSince[sign.process] ?? now : nil
      }
      // A number from another container is that of some other process here.
      if board.sharesProcesses { movements.look(at: signs, now: now) }
      let stalled = StallJudgement.stalled(
        signs, now: now, notBefore: awakeSince, stoppedSince: stoppedSince,
        movedAt: movements.last, spansNodes: spansNodes, scale: patienceScale)
      // Ranks that wait for each other came there one after the other: at the next look the patience
      // with all of them is over, not only with the first.
      let isSuspected = wasSuspected
      wasSuspected = !stalled.isEmpty
      guard isSuspected, wasSuspected, board.claimVerdict() else { continue }
      let sleepers = Self.sleepers(stalled.map(\.process), board)
      let culprits = StallJudgement.culprits(
        stalled, isStopped: { board.state(of: $0).isStopped }, isAsleep: sleepers.contains)
      return give(
        Verdict(
          text: StallJudgement.report(
            culprits: culprits, all: signs, host: host, now: now, spansNodes: spansNodes,
            state: { board.state(of: $0).text })))
    }
  }
}
