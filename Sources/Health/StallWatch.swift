import Foundation
import Synchronization

/// A thread on every rank that watches the heartbeats of its host's ranks, so that a job whose
/// ranks wait for a stuck, stopped or dead one ends instead of waiting forever.
package final class StallWatch: Sendable {
  private static let secondsBetweenLooks = 0.5
  private let isOver = Atomic(false)
  private let end = DispatchSemaphore(value: 0)
  private let spansHosts: Bool
  private let patienceScale: Double

  /// Starts watching.
  /// - Parameters:
  ///   - host: this host's name.
  ///   - spansHosts: whether ranks here may wait for ranks elsewhere.
  ///   - patienceScale: shortens the long time-outs, for tests.
  ///   - give: called once, on one rank of the host, with the reason; must end the job.
  ///   - orphaned: called when the parent process is gone; nil if that doesn't matter.
  package init(
    _ board: HeartbeatBoard, host: String, spansHosts: Bool = false, patienceScale: Double = 1,
    give: @escaping @Sendable (String) -> Void, orphaned: (@Sendable () -> Void)?
  ) {
    self.spansHosts = spansHosts
    self.patienceScale = patienceScale
    let parent = getppid()
    let thread = Thread { [self] in
      watch(board, host: host, parent: parent, give: give, orphaned: orphaned)
      end.signal()
    }
    thread.name = "watch"
    thread.start()
  }

  package func stop() {
    isOver.store(true, ordering: .releasing)
    end.wait()
  }

  /// Returns the processes found asleep, or waiting for a device, in most of many samples. A rank
  /// that waits for others spins, so it is awake; one that naps briefly is awake in between.
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
    _ board: HeartbeatBoard, host: String, parent: pid_t, give: (String) -> Void,
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
      // If this process or its host was suspended, the gap says nothing about the others.
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
      // A process id from another container belongs to some other process here.
      if board.sharesProcesses { movements.look(at: signs, now: now) }
      let stalled = StallJudgement.stalled(
        signs, now: now, notBefore: awakeSince, stoppedSince: stoppedSince,
        movedAt: movements.last, spansHosts: spansHosts, scale: patienceScale)
      // Ranks that wait for each other arrived one after another. By the next look all of them have
      // exceeded their time, not only the first.
      let isSuspected = wasSuspected
      wasSuspected = !stalled.isEmpty
      guard isSuspected, wasSuspected, board.claimVerdict() else { continue }
      let sleepers = Self.sleepers(stalled.map(\.process), board)
      let culprits = StallJudgement.culprits(
        stalled, isStopped: { board.state(of: $0).isStopped }, isAsleep: sleepers.contains)
      return give(
        StallJudgement.report(
          culprits: culprits, all: signs, host: host, now: now, spansHosts: spansHosts,
          state: { board.state(of: $0).text }))
    }
  }
}
