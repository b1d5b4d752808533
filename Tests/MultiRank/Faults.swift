import DataParallel
import Experiments
import Foundation
import MPI

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

/// Where rank 1 never comes back: out of a step before it meets the others; or in the collective
/// operation in which it meets them, asleep, or awake as those are that wait for it.
enum Stall: String { case loop, collective, spin }

/// Trains with the watch on; rank 1 gets stuck, and the watch has to end the job with 75.
func mustStall(_ stall: Stall, _ world: Communicator) throws -> Int32 {
  let board = try HeartbeatBoard(node: world, worldRank: world.rank)
  let watch = StallWatch(
    board, host: "here",
    give: { verdict in
      complain(verdict.text)
      MPIRuntime.abort(exitCode: ExitCode.interrupted.rawValue)
    }, orphaned: nil)
  let images = SyntheticImages(count: 220, shape: ProbeNetwork.shape, classes: 10)
  let observer = CountingObserver()
  var options = TrainerOptions()
  options.heartbeat = board.own
  observer.beforeStep = { step in
    guard step == 5, world.rank == 1 else { return }
    if stall != .loop { board.own.beat(.exchange, step: step) }
    while true { if stall != .spin { usleep(1000) } }
  }
  _ = try Trainer(
    probeNetworkTrial(), data: images.data(test: 20, classes: 10), group: world,
    instructionSet: .widest, observer: observer, options: options
  ).run()
  watch.stop()
  return 0
}

/// The last rank plays a node of its own, which stops as a whole: nobody there can say so, and the
/// coordinator's node has to notice, name it and end the job with 75.
func mustLoseNode(_ world: Communicator) throws -> Int32 {
  let isLost = world.rank == world.size - 1
  guard let node = try world.split(color: isLost ? 1 : 0, key: world.rank) else { return 70 }
  let board = try HeartbeatBoard(node: node, worldRank: world.rank)
  board.own.beat(.gradients, step: 17)
  let watch = try NodeWatch(
    job: try world.duplicate(), node: node, board: board, host: isLost ? "there" : "here",
    patience: 5
  ) { verdict in
    complain(verdict.text)
    MPIRuntime.abort(exitCode: ExitCode.interrupted.rawValue)
  }
  // Long enough for several words: what is silent later was heard before.
  Thread.sleep(forTimeInterval: 5)
  if isLost { kill(getpid(), SIGSTOP) }
  try world.barrier()
  watch.stop()
  return 0
}
