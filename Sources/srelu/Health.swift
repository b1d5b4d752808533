import Coordinator
import DataParallel
import Experiments
import Foundation
import MPI

/// The heartbeats of a job's ranks and the thread that watches them.
struct Health {
  private let job: Communicator
  private let node: Communicator
  private let board: HeartbeatBoard
  private let watch: StallWatch
  private let nodes: NodeWatch
  private let nodesJob: Communicator

  /// This rank's heartbeat.
  var heartbeat: Heartbeat { board.own }

  /// The coordinator's, on the rank where it is.
  var leader: Heartbeat? { board.leader }

  /// Starts to watch; collective over `world`.
  init(_ world: Communicator) throws {
    job = try world.duplicate()
    node = try world.splitByNode()
    board = try HeartbeatBoard(node: node, worldRank: world.rank)
    var orphaned: (@Sendable () -> Void)?
    if Launcher.isOpenMPI { orphaned = { Self.leave() } }
    watch = StallWatch(
      board, host: LockOwner.current.host, spansNodes: node.size < job.size,
      give: { Self.end($0.text) }, orphaned: orphaned)
    nodesJob = try world.duplicate()
    nodes = try NodeWatch(
      job: nodesJob, node: node, board: board, host: LockOwner.current.host,
      give: { Self.end($0.text) })
  }

  /// Ends it; collective over the job, and the last that it does before it leaves. The others wait
  /// for the first rank, which may take its time until it comes here.
  func close() throws {
    try waitForTheFirst()
    if job.rank == 0 { nodes.stop() }
    board.own.beat(.ending, step: 0)
    // Whoever waits here for a rank that is stuck still has the watch.
    try node.barrier()
    watch.stop()
    Self.leaveWithin(Self.secondsToLeave)
    if job.rank != 0 { nodes.stop() }
    try board.free()
    try node.free()
    try nodesJob.free()
    try job.free()
  }

  private func waitForTheFirst() throws {
    let signal: [UInt8] = [1]
    if job.rank == 0 {
      for rank in 1..<max(1, job.size) { try job.send(signal, to: rank, tag: 0) }
      return
    }
    while true {
      if let message = try job.pollMessage(source: 0, tag: nil) {
        let _: [UInt8] = try message.receive()
        return
      }
      Thread.sleep(forTimeInterval: 0.01)
    }
  }

  /// Ends this rank's part after an error.
  func abandon() {
    watch.stop()
    Self.leaveWithin(Self.secondsToLeave)
    nodes.stop()
  }

  private static let secondsToLeave = 15.0

  /// What is left is MPI's own end, which waits for the others too: a rank that is stopped in it must
  /// not keep them for ever.
  private static func leaveWithin(_ seconds: Double) {
    let last = Thread {
      Thread.sleep(forTimeInterval: seconds)
      say("another rank doesn't come to its end, so this one leaves")
      _exit(ExitCode.interrupted.rawValue)
    }
    last.start()
  }

  /// Nobody is left to end the job for: each rank finds out by itself.
  private static func leave() {
    say("the process that started this rank is gone, so it leaves")
    _exit(ExitCode.interrupted.rawValue)
  }

  private static func say(_ text: String) {
    FileHandle.standardError.write(Data("srelu: \(text.printable)\n".utf8))
  }

  /// Ends the whole job, also where MPI itself is stuck.
  private static func end(_ text: String) {
    say(text)
    let last = Thread {
      Thread.sleep(forTimeInterval: 3)
      _exit(ExitCode.interrupted.rawValue)
    }
    last.start()
    MPIRuntime.abort(exitCode: ExitCode.interrupted.rawValue)
  }
}
