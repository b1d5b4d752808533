import MPI
import Synchronization

/// The heartbeats of a host's ranks, in shared memory.
package final class HeartbeatBoard: @unchecked Sendable {
  /// The content of a rank's slot.
  package struct Sign {
    /// The rank in the world communicator.
    package var rank: Int
    package var process: Int32
    /// The trial's id as a number; 0 if none.
    package var trial: UInt64
    /// The last beat's time by the host's clock, in nanoseconds.
    package var time: UInt64
    /// The usual duration of a step, in nanoseconds.
    package var usual: UInt64
    package var step: Int
    package var operation: RankOperation
    /// The latest operations with their steps, the current one last.
    package var history: [(step: Int, operation: RankOperation)]

    package init(
      rank: Int, process: Int32, trial: UInt64, time: UInt64, usual: UInt64, step: Int,
      operation: RankOperation, history: [(step: Int, operation: RankOperation)]
    ) {
      self.rank = rank
      self.process = process
      self.trial = trial
      self.time = time
      self.usual = usual
      self.step = step
      self.operation = operation
      self.history = history
    }
  }

  private let memory: HostMemory
  private let base: Heartbeat.Slot
  /// Whether the process ids of all ranks of the host are valid here.
  let sharesProcesses: Bool
  package let own: Heartbeat
  /// The coordinator's heartbeat, on the world's first rank, where it is a thread of its own.
  package let coordinator: Heartbeat?
  let count: Int

  /// A board for the ranks of one host; collective over them.
  /// - Throws: `MPIError`.
  package init(local: Communicator, worldRank: Int) throws {
    count = local.size
    // The first slot is for the verdict, the last for the coordinator, if it is on this host.
    let words = (local.size + 2) * Heartbeat.Word.count
    memory = try HostMemory(byteCount: words * MemoryLayout<UInt64>.stride, local: local)
    base = memory.base.bindMemory(to: Atomic<UInt64>.self, capacity: words)
    own = Heartbeat(
      base + (local.rank + 1) * Heartbeat.Word.count, rank: worldRank, owner: memory)
    coordinator =
      worldRank == 0
      ? Heartbeat(
        base + (local.size + 1) * Heartbeat.Word.count, rank: 0, owner: memory,
        isCoordinator: true) : nil
    try local.barrier()
    let spaces = (1...local.size).map { [base] rank in
      base[rank * Heartbeat.Word.count + Heartbeat.Word.space.rawValue].load(ordering: .acquiring)
    }
    sharesProcesses = Self.shareProcesses(spaces)
  }

  /// Whether these PID namespaces, 0 if unknown, are one; containers that share memory may differ.
  package static func shareProcesses(_ spaces: [UInt64]) -> Bool {
    Set(spaces).count == 1 && !spaces.contains(0)
  }

  /// The kernel's view of a rank's process; unknown if its id may be another's here.
  func state(of process: Int32) -> ProcessState {
    sharesProcesses ? ProcessState(process) : ProcessState.outOfSight
  }

  /// True only for the first caller on this host, which ends the job.
  func claimVerdict() -> Bool {
    base.pointee.compareExchange(expected: 0, desired: 1, ordering: .acquiringAndReleasing)
      .exchanged
  }

  /// Reads the host's ranks, and the coordinator if it is here.
  /// - Parameter mostReadings: limit of rereads of a slot whose rank is in the middle of a beat.
  package func signs(mostReadings: Int = 1000) -> [Sign] {
    (0...count).map { sign($0, mostReadings) }.filter { $0.process > 0 }
  }

  private func sign(_ index: Int, _ mostReadings: Int) -> Sign {
    let slot = base + (index + 1) * Heartbeat.Word.count
    for _ in 0..<mostReadings {
      let version = slot[Heartbeat.Word.version.rawValue].load(ordering: .acquiring)
      let sign = read(slot)
      atomicMemoryFence(ordering: .acquiring)
      let after = slot[Heartbeat.Word.version.rawValue].load(ordering: .relaxed)
      if version % 2 == 0, after == version { return sign }
    }
    // A rank preempted in the middle of a beat counts as beating now.
    var sign = read(slot)
    sign.time = Heartbeat.now()
    return sign
  }

  private func read(_ slot: Heartbeat.Slot) -> Sign {
    func load(_ word: Heartbeat.Word) -> UInt64 { slot[word.rawValue].load(ordering: .relaxed) }
    let entries = load(.entries)
    let length = UInt64(Heartbeat.Word.historyLength)
    let history = (0..<min(entries, length)).map { index in
      let place = Int((entries - min(entries, length) + index) % length)
      return Self.entry(slot[Heartbeat.Word.history.rawValue + place].load(ordering: .relaxed))
    }
    let current = Self.entry(load(.current))
    return Sign(
      rank: Int(load(.rank)), process: Int32(truncatingIfNeeded: load(.process)),
      trial: load(.trial), time: load(.time), usual: load(.usual),
      step: current.step, operation: current.operation, history: history)
  }

  private static func entry(_ word: UInt64) -> (step: Int, operation: RankOperation) {
    (Int(word >> 8), RankOperation(rawValue: UInt8(truncatingIfNeeded: word)) ?? .away)
  }
}
