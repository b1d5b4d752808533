import MPI
import Synchronization

/// The heartbeats of a node's ranks, in memory that all of them see.
public final class HeartbeatBoard: @unchecked Sendable {
  /// What a rank's part of the board says.
  package struct Sign {
    /// The rank in the world.
    package var rank: Int
    package var process: Int32
    /// The trial's id as a number; 0 for none.
    package var trial: UInt64
    /// When the last one was, by the node's clock, in nanoseconds.
    package var time: UInt64
    /// What a step usually takes, in nanoseconds.
    package var usual: UInt64
    package var step: Int
    package var operation: RankOperation
    /// The last operations with their steps, the current one last.
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

  private let window: SharedWindow<UInt64>
  private let base: Heartbeat.Slot
  private let node: Communicator
  /// This rank's own.
  public let own: Heartbeat
  /// The coordinator's, which is a thread of its own, on the rank where that is: the first of the
  /// world.
  public let leader: Heartbeat?
  /// Ranks of the node.
  let count: Int

  /// A board for the ranks of one node; collective over them.
  ///
  /// - Throws: `MPIError`.
  public init(node: Communicator, worldRank: Int) throws {
    self.node = node
    count = node.size
    // The first part is for the verdict, the last for the coordinator, if it is on this node.
    window = try SharedWindow(count: (node.size + 2) * Heartbeat.Word.count, on: node)
    let raw = UnsafeMutableRawPointer(window.elements.baseAddress.unsafelyUnwrapped)
    base = raw.bindMemory(to: Atomic<UInt64>.self, capacity: window.elements.count)
    if node.rank == 0 {
      // A node of one rank gets memory as it is, not new pages of a file.
      for place in [0, node.size + 1] {
        for word in 0..<Heartbeat.Word.count {
          base[place * Heartbeat.Word.count + word].store(0, ordering: .relaxed)
        }
      }
    }
    own = Heartbeat(
      base + (node.rank + 1) * Heartbeat.Word.count, rank: worldRank, owner: window)
    leader =
      worldRank == 0
      ? Heartbeat(base + (node.size + 1) * Heartbeat.Word.count, rank: 0, owner: window) : nil
    try window.synchronise()
  }

  /// Gives the memory back; collective. Nothing may use the board or its heartbeats afterwards.
  public func free() throws { try window.free() }

  /// True for the first caller on this node alone: whoever ends the job.
  func claimVerdict() -> Bool {
    base.pointee.compareExchange(expected: 0, desired: 1, ordering: .acquiringAndReleasing)
      .exchanged
  }

  /// What the node's ranks say now, and the coordinator, if it is here.
  package func signs() -> [Sign] { (0...count).map(sign).filter { $0.process > 0 } }

  private func sign(_ index: Int) -> Sign {
    let slot = base + (index + 1) * Heartbeat.Word.count
    func load(_ word: Heartbeat.Word) -> UInt64 { slot[word.rawValue].load(ordering: .acquiring) }
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
