import DataParallel
import Experiments
import Foundation
import Health
import MPI
import NeuralNet
import Support
import Synchronization

/// A sum of ranks whose closed form is wrong on the last one, on purpose.
let mustFail = Probe("must fail on the last rank") { communicator in
  let sum = try communicator.allreduce(Int64(communicator.rank), .sum)
  let size = Int64(communicator.size)
  let mistake: Int64 = communicator.rank == communicator.size - 1 ? 1 : 0
  try expectEqual(sum, size * (size - 1) / 2 + mistake, "sum of the ranks")
}

/// The last rank throws where the others wait for it for ever.
func mustAbort(_ communicator: Communicator) throws -> Int32 {
  if communicator.rank == communicator.size - 1 {
    throw ProbeFailure("thrown on purpose while the other ranks are in a barrier")
  }
  try communicator.barrier()
  return 0
}

/// An error of MPI's own while other messages are under way, in memory that goes with whoever meets it:
/// the job has to end with the error's text, not with a trap over the messages.
func mustAbortWithMessages(_ world: Communicator) throws -> Int32 {
  guard world.rank == world.size - 1 else {
    if world.rank == 0 { try world.send([1, 2, 3] as [Float], to: world.size - 1, tag: 7) }
    try world.barrier()
    return 0
  }
  let exchange = try PendingExchange(world)
  while try !exchange.isFinished() {}
  throw ProbeFailure("a message of three floats fitted into one")
}

/// Receives that are under way, and a request, as an exchange of gradients has them.
private final class PendingExchange {
  private let buffers = (0..<4).map { _ in AlignedBuffer<Float>(count: 1) }
  private let messages: [RepeatedMessage]
  private let request: Request<UInt8>

  init(_ world: Communicator) throws {
    messages = try buffers.enumerated().map { number, buffer in
      try world.repeatedReceive(
        into: buffer.elements, from: 0, tag: 7 + number, owner: buffer)
    }
    // Longer than what leaves before the other side asks for it.
    request = try world.startSend([UInt8](repeating: 1, count: 1 << 20), to: 0, tag: 1)
    for message in messages { try message.start() }
  }

  func isFinished() throws -> Bool { try messages.allSatisfy { try $0.isFinished() } }
}

/// Where rank 1 never comes back: out of a step before it meets the others; or in the collective
/// operation in which it meets them, asleep, or awake as those are that wait for it.
enum Stall: String { case loop, collective, spin }

/// A board of heartbeats, and a watch over it that ends the job as the program's does.
func watchedBoard(_ world: Communicator) throws -> (HeartbeatBoard, StallWatch) {
  let board = try HeartbeatBoard(local: world, worldRank: world.rank)
  let watch = StallWatch(
    board, host: "here",
    give: { verdict in
      complain(verdict)
      MPIRuntime.abort(exitCode: ExitCode.interrupted.rawValue)
    }, orphaned: nil)
  return (board, watch)
}

/// Trains with the watch on; rank 1 gets stuck, and the watch has to end the job with 75.
func mustStall(_ stall: Stall, _ world: Communicator) throws -> Int32 {
  let (board, watch) = try watchedBoard(world)
  let images = SyntheticImages(count: 220, shape: ProbeNetwork.shape, classes: 10)
  let observer = CountingObserver()
  observer.beforeStep = { step in
    guard step == 5, world.rank == 1 else { return }
    if stall != .loop { board.own.beat(.exchange, step: step) }
    while true { if stall != .spin { usleep(1000) } }
  }
  _ = try Trainer(
    probeNetworkTrial(), data: images.data(test: 20, classes: 10),
    on: RankContext(world, heartbeat: board.own), observer: observer
  ).run()
  watch.stop()
  return 0
}

/// The last rank plays a host of its own, which stops as a whole: nobody there can say so, and the
/// coordinator's host has to notice, name it and end the job with 75.
func mustLoseHost(_ world: Communicator) throws -> Int32 {
  let isLost = world.rank == world.size - 1
  guard let local = try world.split(color: isLost ? 1 : 0, key: world.rank) else { return 70 }
  let board = try HeartbeatBoard(local: local, worldRank: world.rank)
  board.own.beat(.gradients, step: 17)
  let watch = try HostWatch(
    job: try world.duplicate(), local: local, board: board, host: isLost ? "there" : "here",
    patience: 5
  ) { verdict in
    complain(verdict)
    MPIRuntime.abort(exitCode: ExitCode.interrupted.rawValue)
  }
  // Long enough for several words: what is silent later was heard before.
  Thread.sleep(forTimeInterval: 5)
  if isLost { kill(getpid(), SIGSTOP) }
  try world.barrier()
  watch.stop()
  return 0
}

/// Where a rank gets stuck outside of a trial, at the start of a job and at its end.
enum StartOrEnd: String {
  /// Reading its data, asleep.
  case loading
  /// Before what the first rank tells all.
  case broadcast
  /// Before the ranks close what they share.
  case closing
  /// Before MPI's own end.
  case finalize
}

/// A job whose rank 1 gets stuck where no trial is trained: the watch has to name it, and to end the job
/// with what it has come to: 75, or once that is known 1.
func mustStall(at place: StartOrEnd, _ world: Communicator) throws -> Int32 {
  let code = Atomic(ExitCode.interrupted.rawValue)
  let health = try JobHealth(
    world, host: "here", patienceScale: 0.02,
    give: { verdict in
      complain(verdict)
      MPIRuntime.abort(exitCode: code.load(ordering: .relaxed))
    }, orphaned: nil)
  func stopHere(_ here: StartOrEnd) {
    guard here == place, world.rank == 1 else { return }
    while true { sleep(1) }
  }
  health.beginFiles()
  // Whoever works isn't stuck, however long it takes: longer than the patience, and the others wait.
  if world.rank == 0 {
    let end = Date(timeIntervalSinceNow: 15)
    while place == .loading, Date() < end {}
  }
  stopHere(.loading)
  health.meet()
  stopHere(.broadcast)
  _ = try world.broadcast(Int64(7), root: 0)
  // The first rank goes on from a broadcast at once.
  try world.barrier()
  health.meet()
  code.store(ExitCode.someTrialsFailed.rawValue, ordering: .relaxed)
  stopHere(.closing)
  try health.close()
  stopHere(.finalize)
  health.meet()
  return 0
}
