import Foundation
import MPI
import Support
import Synchronization

/// In a job on several hosts, a thread on each one's first rank, which reports to the coordinator's
/// host once a second that it is alive and what its ranks are doing. If a host falls silent,
/// because it was stopped or cut off, the coordinator's host names it and ends the job.
///
/// `StallWatch` covers what happens within a host. A job on one host has no such thread. It is a
/// thread of its own because a rank stuck inside MPI may keep others from calling it.
package final class HostWatch: Sendable {
  private static let secondsBetweenWords = 1.0
  private static let secondsBetweenLooks = 0.5
  private static let mostRanksInAWord = 16
  private let isOver = Atomic(false)
  private let isLeft = Atomic(false)
  private let end = DispatchSemaphore(value: 0)
  private let hasThread: Bool

  /// Starts watching; collective over the job.
  /// - Parameters:
  ///   - job: a communicator for this watch alone, used until `stop`.
  ///   - host: this host's ranks.
  ///   - patience: how many seconds of silence to tolerate.
  ///   - give: called once, on the job's first rank, with the reason; must end the job.
  package init(
    job: Communicator, local: Communicator, board: HeartbeatBoard, host: String,
    patience: Double? = nil, give: @escaping @Sendable (String) -> Void
  ) throws {
    let hosts = Int(try job.allreduce(local.rank == 0 ? Int64(1) : 0, .sum))
    hasThread = hosts > 1 && local.rank == 0
    guard hasThread else { return }
    var roll = HostRoll()
    if job.rank == 0 {
      // None of these is a goodbye: no host leaves before all have started.
      for _ in 1..<hosts { try Self.receive(try job.matchedProbe(source: nil, tag: nil), &roll) }
    } else {
      try job.send(try Self.word(board, host), to: 0, tag: 0)
    }
    let others = hosts - 1
    let thread = Thread { [self, roll] in
      // If MPI fails, nothing can be received, and the job has other problems.
      if job.rank == 0 {
        try? listen(job, roll, others, patience ?? HostRoll.patience, give)
      } else {
        try? tell(job, board, host)
      }
      end.signal()
    }
    thread.name = "hosts"
    thread.start()
  }

  /// Stops watching and joins the thread; collective over the job. Every host says goodbye, and the
  /// first rank listens until all have, so that every message is received, however long it is. A
  /// host that doesn't say goodbye counts as silent and is named.
  package func stop() {
    isOver.store(true, ordering: .releasing)
    if hasThread { end.wait() }
  }

  /// Stops watching after an error that the other ranks don't know of, without waiting.
  package func leave() { isLeft.store(true, ordering: .releasing) }

  private static func word(_ board: HeartbeatBoard, _ host: String) throws -> [UInt8] {
    let signs = board.signs()
    // On a large host the message, and the time it takes, would grow with the ranks.
    let told = signs.prefix(mostRanksInAWord)
    var operations = StallJudgement.operations(
      Array(told), now: Heartbeat.now(), state: { board.state(of: $0).text })
    if told.count < signs.count { operations.append("  and \(signs.count - told.count) more") }
    let word = HostWord(
      host: host, ranks: signs.filter { $0.operation != .leading }.map(\.rank),
      operations: operations)
    return try JSON.bytes(word)
  }

  /// - Returns: false for a goodbye, which is empty.
  @discardableResult
  private static func receive(
    _ message: consuming MatchedMessage, _ roll: inout HostRoll
  ) throws -> Bool {
    let source = message.source
    let bytes: [UInt8] = try message.receive()
    guard !bytes.isEmpty else {
      roll.leave(source)
      return false
    }
    roll.hear(
      try JSON.value(HostWord.self, from: bytes), from: source,
      at: Heartbeat.now())
    return true
  }

  private func tell(_ job: Communicator, _ board: HeartbeatBoard, _ host: String) throws {
    var last = Heartbeat.now()
    var underWay: Request<UInt8>?
    while !isOver.load(ordering: .acquiring), !isLeft.load(ordering: .acquiring) {
      Thread.sleep(forTimeInterval: Self.secondsBetweenLooks)
      // One message at a time, so that they don't pile up at a first rank that isn't listening.
      if let request = underWay, try !request.test() { continue }
      underWay = nil
      let now = Heartbeat.now()
      guard Double(now - last) * 1e-9 >= Self.secondsBetweenWords else { continue }
      last = now
      underWay = try job.startSend(try Self.word(board, host), to: 0, tag: 0)
    }
    if isLeft.load(ordering: .acquiring) { return }
    let goodbye = try job.startSend([UInt8](), to: 0, tag: 0)
    while try !(underWay?.test() ?? true && goodbye.test()) { Thread.sleep(forTimeInterval: 0.01) }
  }

  private func listen(
    _ job: Communicator, _ roll: HostRoll, _ others: Int, _ patience: Double,
    _ give: (String) -> Void
  ) throws {
    var roll = roll
    var left = 0
    var awakeSince = Heartbeat.now()
    var lastLook = awakeSince
    while left < others, !isLeft.load(ordering: .acquiring) {
      // While leaving, poll often to keep the others from waiting.
      let isLast = isOver.load(ordering: .acquiring)
      Thread.sleep(forTimeInterval: isLast ? 0.01 : Self.secondsBetweenLooks)
      let now = Heartbeat.now()
      // If this process was itself suspended, the gap says nothing about the others.
      if Double(now - lastLook) * 1e-9 > 4 * Self.secondsBetweenLooks { awakeSince = now }
      lastLook = now
      while let message = try job.pollMessage(source: nil, tag: nil) {
        if try !Self.receive(message, &roll) { left += 1 }
      }
      if let text = roll.verdict(now: now, notBefore: awakeSince, patience: patience) {
        return give(text)
      }
    }
  }
}
