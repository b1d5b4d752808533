import Foundation
import MPI

/// The heartbeats of a job's ranks and the threads that watch them, from the job's first second to
/// its last, so that whenever ranks wait for each other, the one to blame is named.
///
/// Used only on each rank's first thread.
package final class JobHealth {
  package let world: Communicator
  /// Whether ranks report their operations continuously; otherwise only a rank that does nothing for
  /// minutes counts as stuck.
  package let isWatched: Bool
  private let job: Communicator
  private let local: Communicator
  private let hostsJob: Communicator
  private let board: HeartbeatBoard
  private let watch: StallWatch
  private let hosts: HostWatch
  private var meetings = 0

  package var heartbeat: Heartbeat { board.own }

  /// The coordinator's heartbeat, on its rank.
  package var coordinator: Heartbeat? { board.coordinator }

  /// Starts watching; collective over `world`.
  /// - Parameters:
  ///   - host: this host's name.
  ///   - isWatched: see the property.
  ///   - patienceScale: scales the long time-outs, for tests.
  ///   - give: called on one rank with the reason why the job can't continue; it must end the job,
  ///     even if MPI hangs.
  ///   - orphaned: called when the parent process is gone; nil if that doesn't matter.
  package init(
    _ world: Communicator, host: String, isWatched: Bool = false, patienceScale: Double = 1,
    give: @escaping @Sendable (String) -> Void, orphaned: (@Sendable () -> Void)?
  ) throws {
    self.world = world
    self.isWatched = isWatched
    job = try world.duplicate()
    local = try world.splitByHost()
    board = try HeartbeatBoard(local: local, worldRank: world.rank)
    board.own.beat(.meeting, step: 0)
    watch = StallWatch(
      board, host: host, spansHosts: local.size < job.size, patienceScale: patienceScale,
      give: give, orphaned: orphaned)
    hostsJob = try world.duplicate()
    hosts = try HostWatch(job: hostsJob, local: local, board: board, host: host, give: give)
  }

  /// Records that this rank works on its own files.
  package func beginFiles() { heartbeat.beat(.files, step: meetings) }

  /// Records that this rank waits for all others in a collective operation over the job. Called
  /// equally often on all ranks: one that has called it less often is behind.
  package func meet() {
    meetings += 1
    heartbeat.beat(.meeting, step: meetings)
  }

  /// Stops all watches that need MPI. Collective over the job, after all work and before MPI's end.
  /// Other ranks wait here for rank 0, however long its report takes.
  package func close() throws {
    try waitForTheFirst()
    meet()
    try job.sleepyBarrier()
    hosts.stop()
    meet()
    try local.free()
    try hostsJob.free()
    try job.free()
    meet()
  }

  /// Shuts MPI down, which waits for the other ranks too; the last operation.
  package func finalize() throws {
    meet()
    try MPIRuntime.finalize()
    heartbeat.leave()
  }

  /// Stops watching after an error unknown to the other ranks; the job is about to be aborted.
  package func abandon() { hosts.leave() }

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
      heartbeat.wait()
      Thread.sleep(forTimeInterval: 0.01)
    }
  }
}
