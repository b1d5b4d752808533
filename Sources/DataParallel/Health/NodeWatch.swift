import Foundation
import MPI
import Synchronization

/// Where a job has several nodes, a thread on the first rank of each: every other node tells the
/// coordinator's every second that it is there, and what its ranks do. A node that isn't heard of
/// any more, stopped or cut off, is named there, and the job ends.
///
/// What happens within a node is `StallWatch`'s business. On a single node there is no thread. It isn't
/// `StallWatch`'s, because a rank that is stuck inside MPI may keep others from using it.
public final class NodeWatch: Sendable {
  private static let secondsBetweenWords = 1.0
  private static let secondsBetweenLooks = 0.5
  private let isOver = Atomic(false)
  private let end = DispatchSemaphore(value: 0)
  private let hasThread: Bool

  /// Starts to watch; collective over the job.
  /// - Parameters:
  ///   - job: a communicator of its own for this; it is used until `stop`.
  ///   - node: this node's ranks.
  ///   - patience: seconds of silence that are taken.
  ///   - give: called once, on the job's first rank, with why the job can't go on; it has to end it.
  public init(
    job: Communicator, node: Communicator, board: HeartbeatBoard, host: String,
    patience: Double? = nil, give: @escaping @Sendable (StallWatch.Verdict) -> Void
  ) throws {
    let nodes = Int(try job.allreduce(node.rank == 0 ? Int64(1) : 0, .sum))
    hasThread = nodes > 1 && node.rank == 0
    guard hasThread else { return }
    var roll = NodeRoll()
    if job.rank == 0 {
      for _ in 1..<nodes { try Self.receive(try job.matchedProbe(source: nil, tag: nil), &roll) }
    } else {
      try job.send(try Self.word(board, host), to: 0, tag: 0)
    }
    let thread = Thread { [self, roll] in
      // Without MPI there is nothing to be heard, and the job has other troubles.
      if job.rank == 0 {
        try? listen(job, roll, patience ?? NodeRoll.patience, give)
      } else {
        try? tell(job, board, host)
      }
      end.signal()
    }
    thread.name = "nodes"
    thread.start()
  }

  /// Stops to watch; waits for the thread.
  public func stop() {
    isOver.store(true, ordering: .releasing)
    if hasThread { end.wait() }
  }

  private static func word(_ board: HeartbeatBoard, _ host: String) throws -> [UInt8] {
    let signs = board.signs()
    let word = NodeWord(
      host: host, ranks: signs.filter { $0.operation != .leading }.map(\.rank),
      operations: StallJudgement.operations(
        signs, now: Heartbeat.now(), state: { ProcessState($0).text }))
    return [UInt8](try JSONEncoder().encode(word))
  }

  private static func receive(_ message: consuming MatchedMessage, _ roll: inout NodeRoll) throws {
    let source = message.source
    let bytes: [UInt8] = try message.receive()
    roll.hear(
      try JSONDecoder().decode(NodeWord.self, from: Data(bytes)), from: source,
      at: Heartbeat.now())
  }

  private func tell(_ job: Communicator, _ board: HeartbeatBoard, _ host: String) throws {
    var last = Heartbeat.now()
    var underWay: Request<UInt8>?
    while !isOver.load(ordering: .acquiring) {
      Thread.sleep(forTimeInterval: Self.secondsBetweenLooks)
      // One at a time: a first rank that doesn't listen isn't sent heaps of them.
      if let request = underWay, try !request.test() { continue }
      underWay = nil
      let now = Heartbeat.now()
      guard Double(now - last) * 1e-9 >= Self.secondsBetweenWords else { continue }
      last = now
      underWay = try job.startSend(try Self.word(board, host), to: 0, tag: 0)
    }
    _ = try underWay?.wait()
  }

  private func listen(
    _ job: Communicator, _ roll: NodeRoll, _ patience: Double,
    _ give: (StallWatch.Verdict) -> Void
  ) throws {
    var roll = roll
    var awakeSince = Heartbeat.now()
    var lastLook = awakeSince
    while !isOver.load(ordering: .acquiring) {
      Thread.sleep(forTimeInterval: Self.secondsBetweenLooks)
      let now = Heartbeat.now()
      // Whoever was stopped himself knows nothing of the time in between.
      if Double(now - lastLook) * 1e-9 > 4 * Self.secondsBetweenLooks { awakeSince = now }
      lastLook = now
      while let message = try job.pollMessage(source: nil, tag: nil) {
        try Self.receive(message, &roll)
      }
      if let text = roll.verdict(now: now, notBefore: awakeSince, patience: patience) {
        return give(StallWatch.Verdict(text: text))
      }
    }
  }
}
