import Glibc
import MPI
import Synchronization

/// What a rank is doing.
package enum RankOperation: UInt8, Sendable, CaseIterable {
  /// Outside the program's control for any time, for instance printing into a pager.
  case away
  /// Waiting for work, with a beat at each poll.
  case waiting
  /// Planning a trial, or resuming it from a checkpoint.
  case start
  /// The forward and backward pass of a batch.
  case gradients
  /// Waiting for the other ranks' gradients.
  case exchange
  case update
  /// Waiting until the other ranks have applied theirs.
  case agreement
  case comparison
  /// Measuring loss and accuracy.
  case evaluation
  /// Summing the ranks' measurements.
  case total
  case ending
  /// Reporting a trial's result to the coordinator, which may be waiting for a disk.
  case reporting
  /// The coordinator's own, with a beat at each poll for messages and before each write.
  case leading
  /// Working alone: reading or writing data, a config or a checkpoint, or measuring something.
  case files
  /// Meeting all other ranks at the start or end of the job or of a trial. The step counts them.
  case meeting

  /// Whether the rank waits for others in it, so that a stall there is probably not its own.
  var isWaiting: Bool {
    switch self {
    case .exchange, .agreement, .comparison, .total, .ending, .start, .reporting, .meeting: true
    case .away, .waiting, .gradients, .update, .evaluation, .leading, .files: false
    }
  }
}

/// What a rank is doing and since when, published in a few words of its host's shared memory.
///
/// A beat is a few stores and one clock reading; nothing is called or sent.
package final class Heartbeat {
  enum Word: Int {
    /// `version` is odd while a beat is being written.
    case version, entries, time, current, usual, trial, process, rank, space
    /// The operations before the current one, as a ring.
    case history

    static let historyLength = 8
    static let count = 24
  }

  typealias Slot = UnsafeMutablePointer<Atomic<UInt64>>

  private let slot: Slot
  private let owner: AnyObject?
  private let isCoordinator: Bool
  private var version: UInt64 = 0
  private var entries: UInt64 = 0
  private var last = UInt64.max
  private var stepStart: UInt64 = 0
  private var usual: UInt64 = 0

  /// A heartbeat with no reader.
  package init() {
    slot = Slot.allocate(capacity: Word.count)
    for word in 0..<Word.count { (slot + word).initialize(to: Atomic(0)) }
    owner = nil
    isCoordinator = false
  }

  /// A heartbeat in memory that `owner` keeps alive. The coordinator's is visible while it runs.
  init(_ slot: Slot, rank: Int, owner: AnyObject, isCoordinator: Bool = false) {
    self.slot = slot
    self.owner = owner
    self.isCoordinator = isCoordinator
    store(.rank, UInt64(rank))
    if !isCoordinator { store(.process, UInt64(getpid())) }
    store(.space, Self.processSpace)
    beat(.away, step: 0)
  }

  /// Empties this process's slot before it ends.
  package func leave() { store(.process, 0) }

  /// The PID namespace of this process; containers have their own.
  private static let processSpace: UInt64 = {
    var status = stat()
    return stat("/proc/self/ns/pid", &status) == 0 ? UInt64(status.st_ino) : 0
  }()

  deinit { if owner == nil { slot.deallocate() } }

  package var operation: RankOperation {
    RankOperation(rawValue: UInt8(truncatingIfNeeded: last)) ?? .away
  }

  package func begin(trial id: String, usualSeconds: Double) {
    store(.trial, UInt64(id, radix: 16) ?? 0)
    usual = UInt64(max(0, min(usualSeconds, 3600)) * 1e9)
    stepStart = 0
    store(.usual, usual)
    beat(.start, step: 0)
  }

  /// Records that the rank waits for work; called repeatedly.
  package func wait() {
    if last != RankOperation.waiting.rawValue { store(.trial, 0) }
    beat(.waiting, step: 0)
  }

  /// Records the start of an operation of a step, counted from 1.
  package func beat(_ operation: RankOperation, step: Int) {
    let now = Self.now()
    if operation == .gradients {
      if stepStart > 0 { learn(now - stepStart) }
      stepStart = now
    } else if operation == .evaluation {
      // The step after an evaluation isn't representative.
      stepStart = 0
    }
    let entry = UInt64(clamping: step) << 8 | UInt64(operation.rawValue)
    // A reader that sees an odd version rereads, so no operation is paired with another one's time.
    version += 1
    store(.version, version)
    atomicMemoryFence(ordering: .releasing)
    if entry != last {
      let place = Word.history.rawValue + Int(entries % UInt64(Word.historyLength))
      slot[place].store(entry, ordering: .relaxed)
      store(.current, entry)
      entries += 1
      last = entry
      if isCoordinator { store(.process, operation == .leading ? UInt64(getpid()) : 0) }
    }
    store(.time, now)
    store(.entries, entries)
    version += 1
    slot[Word.version.rawValue].store(version, ordering: .releasing)
  }

  /// Weights a new step by a sixteenth, so that one slow step doesn't stretch the time-out.
  private func learn(_ nanoseconds: UInt64) {
    usual = usual == 0 ? nanoseconds : usual - usual / 16 + nanoseconds / 16
    store(.usual, usual)
  }

  private func store(_ word: Word, _ value: UInt64) {
    slot[word.rawValue].store(value, ordering: .relaxed)
  }

  /// The host's clock, in nanoseconds, common to all its processes.
  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
