import Checks
import Glibc

/// What may happen to a study.
enum Fault: String, CaseIterable {
  case killRank = "kill-rank"
  case killCoordinator = "kill-coordinator"
  case killLauncher = "kill-mpirun"
  case stopRank = "stop-rank"
  case terminate
  case signal = "usr1"
  case fullDisk = "full-disk"
  case truncatedCheckpoint = "truncated-checkpoint"
  case tornJournal = "torn-journal"
  case flippedBit = "flipped-bit"

  /// Whether the study ends by it, and is run again by its user.
  var endsStudy: Bool {
    switch self {
    case .terminate, .signal, .fullDisk, .truncatedCheckpoint, .tornJournal: true
    case .killRank, .killCoordinator, .killLauncher, .stopRank, .flippedBit: false
    }
  }

  /// How often launch/run may start it again by itself.
  var restarts: Int { self == .truncatedCheckpoint || self == .tornJournal ? 0 : 5 }

  /// Strikes a study that runs under `launcher` in a folder, on so many ranks.
  ///
  /// - Returns: whether there was something to strike.
  func strike(
    _ launcher: Running, ranks count: Int, _ folder: String, _ random: inout Random
  ) -> Bool {
    let entries = ProcessEntry.all.filter { $0.mentions(folder) }
    let ranks = entries.filter(\.isRank).map { entry in
      (number: entry.variable("OMPI_COMM_WORLD_RANK").flatMap(Int.init), process: entry.process)
    }.sorted { ($0.number ?? -1) < ($1.number ?? -1) }.map(\.process)
    guard ranks.count == count else { return false }
    let anyRank = ranks[Int.random(in: 0..<count, using: &random)]
    switch self {
    case .killRank: return kill(anyRank, SIGKILL) == 0
    case .killCoordinator: return kill(ranks[0], SIGKILL) == 0
    case .stopRank: return kill(anyRank, SIGSTOP) == 0
    case .terminate: return launcher.signal(SIGTERM)
    case .killLauncher, .truncatedCheckpoint, .tornJournal: return signal(entries, SIGKILL)
    case .signal: return signal(entries, SIGUSR1)
    case .flippedBit:
      for _ in 0..<20 {
        if flipBit(of: ranks[Int.random(in: 0..<count, using: &random)], &random) { return true }
        pauseFor(.milliseconds(100))
      }
      return false
    case .fullDisk: preconditionFailure("a full disk strikes from the start")
    }
  }

  private func signal(_ entries: [ProcessEntry], _ number: Int32) -> Bool {
    let launchers = entries.filter(\.isLauncher)
    return !launchers.isEmpty && launchers.allSatisfy { kill($0.process, number) == 0 }
  }
}

/// Flips a bit in the parameters of a rank's replica, in the memory that ranks share: the largest of Open MPI's
/// windows holds the replicas, and the largest layer lies in this range.
private func flipBit(of process: pid_t, _ random: inout Random) -> Bool {
  let windows = Files.text("/proc/\(process)/maps").split(separator: "\n").compactMap {
    line -> Range<UInt>? in
    guard line.contains(" rw-s "), line.contains("osc_sm") else { return nil }
    let ends = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
    return ends.count == 2 ? ends[0]..<ends[1] : nil
  }
  guard let window = windows.max(by: { $0.count < $1.count }), window.count >= 2_000_000 else {
    return false
  }
  let memory = open("/proc/\(process)/mem", O_RDWR | O_CLOEXEC)
  guard memory >= 0 else { return false }
  defer { close(memory) }
  let place = off_t(window.lowerBound) + 200_000 + off_t.random(in: 0..<800_000, using: &random)
  var byte: UInt8 = 0
  guard pread(memory, &byte, 1, place) == 1 else { return false }
  byte ^= 1 << UInt8.random(in: 0..<8, using: &random)
  return pwrite(memory, &byte, 1, place) == 1
}

/// What a crash may leave on a disk.
extension Fault {
  /// Damages a file of a study that ended.
  ///
  /// - Returns: the file; nil where there is none to damage.
  func damage(_ folder: String, _ random: inout Random) -> String? {
    switch self {
    case .truncatedCheckpoint:
      guard let file = openCheckpoint(folder), let size = Files.size(file), size > 0 else {
        return nil
      }
      return truncate(file, off_t.random(in: 0..<size, using: &random)) == 0 ? file : nil
    case .tornJournal:
      let file = "\(folder)/journal.jsonl"
      guard let size = Files.size(file), size > 60 else { return nil }
      return truncate(file, size - off_t.random(in: 1...60, using: &random)) == 0 ? file : nil
    default: return nil
    }
  }

  /// The newest checkpoint of a trial that the journal doesn't call finished; the others are removed, not read.
  private func openCheckpoint(_ folder: String) -> String? {
    let journal = Journal(folder)
    return Files.names("\(folder)/trials").filter {
      !journal.says("finished", "\"trial\":\"\($0)\"")
    }
    .map { "\(folder)/trials/\($0)/checkpoint.safetensors" }
    .compactMap { file in Files.changed(file).map { (file: file, changed: $0) } }
    .max { $0.changed < $1.changed }?.file
  }
}

/// The lines of a study's journal.
struct Journal {
  private let lines: [Substring]

  init(_ folder: String) {
    lines = Files.text("\(folder)/journal.jsonl").split(separator: "\n")
  }

  /// Whether there is an event with a text in its line.
  func says(_ event: String, _ text: String = "") -> Bool {
    lines.contains { $0.contains("\"event\":\"\(event)\"") && (text.isEmpty || $0.contains(text)) }
  }

  /// Whether the study came to its end, as the last line has it.
  var endsWithSuccess: Bool { lines.last?.contains("\"code\":0") ?? false }
}

/// The same numbers for the same seed (SplitMix64).
struct Random: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
    return word ^ word >> 31
  }
}
