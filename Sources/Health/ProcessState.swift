import Support

/// The kernel's view of a process on this host.
struct ProcessState {
  private let letter: Character?

  init(_ process: Int32) { letter = ProcessStat(process)?.state }

  private init(letter: Character) { self.letter = letter }

  /// For a process whose id means nothing here.
  static let outOfSight = ProcessState(letter: "?")

  var isStopped: Bool { letter == nil || "TtZX".contains(letter ?? "X") }

  /// Whether its first thread, the one that trains, is idle.
  var isAsleep: Bool { "SID".contains(letter ?? "R") }

  var text: String {
    switch letter {
    case nil: "gone"
    case "T", "t": "stopped by a signal"
    case "Z", "X": "dead"
    case "D": "waiting for a device"
    case "S", "I": "asleep"
    case "?": "in a container of its own"
    default: "running"
    }
  }
}

/// When processes of ranks at their files last read, wrote, or computed with their first thread.
struct Movements {
  private var traces: [Int32: String] = [:]
  /// By process, in nanoseconds of the host's clock.
  private(set) var last: [Int32: UInt64] = [:]

  mutating func look(at signs: [HeartbeatBoard.Sign], now: UInt64) {
    for sign in signs where sign.operation != .leading {
      let process = sign.process
      guard sign.operation == .files else {
        traces[process] = nil
        last[process] = nil
        continue
      }
      let trace = Self.trace(process)
      if traces[process] != trace { last[process] = now }
      traces[process] = trace
    }
  }

  /// The first thread's CPU time (user and kernel) and bytes read and written, and the bytes
  /// written by all threads, since another may write a checkpoint for it. Bytes read by other
  /// threads don't count: the watching thread reads all the time.
  private static func trace(_ process: Int32) -> String {
    let thread = "/proc/\(process)/task/\(process)"
    let stat = ProcessStat(folder: thread)
    let times = "\(stat?[14] ?? "") \(stat?[15] ?? "")"
    let own = KernelFile.text(thread + "/io") ?? ""
    let all = KernelFile.text("/proc/\(process)/io")
    let written = all?.split(separator: "\n").first { $0.hasPrefix("write_bytes:") } ?? ""
    return "\(times) \(own) \(written)"
  }
}
