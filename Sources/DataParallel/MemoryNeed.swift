import Experiments
import Foundation
import MPI
import Models
import Support

/// What a rank's memory must hold at least to train a network, so that a study which can't run is
/// refused before the system ends it.
package enum MemoryNeed {
  /// A network or a batch for which there isn't memory enough.
  package struct Shortage: ReportableError {
    package let what: String
    package let needed: Double
    package let available: Double

    package var description: String {
      func gigabytes(_ bytes: Double) -> String { String(format: "%.1f GB", bytes / 1e9) }
      return "\(what) needs at least \(gigabytes(needed)) of memory here, and "
        + "\(gigabytes(available)) can be had: choose smaller layers or a smaller batch, or fewer ranks "
        + "on this host."
    }
    package var exitCode: ExitCode { .environment }
  }

  /// Bytes that one of a group's ranks needs at least: its parameters and gradients, its share of the
  /// optimizer's slots, and its part of a batch forward and backward.
  package static func bytes(_ cost: ModelCost, slots: Int, batch: Int, ranks: Int) -> Double {
    let share = Double((batch + ranks - 1) / ranks)
    return 4 * Double(cost.parameters) * (2 + Double(slots) / Double(ranks)) + 4 * cost.values
      * share
  }

  /// Checks that there is memory for it, on each of so many ranks of this host at a time.
  /// - Throws: `Shortage`.
  package static func check(_ bytes: Double, of what: String, ranksHere: Int) throws {
    let own = ProcessMemory.ownAvailableBytes ?? .infinity
    if bytes > own { throw Shortage(what: what, needed: bytes, available: own) }
    let all = bytes * Double(ranksHere)
    let host = ProcessMemory.hostAvailableBytes ?? .infinity
    guard all > host else { return }
    throw Shortage(
      what: ranksHere == 1 ? what : "\(what) on \(ranksHere) ranks", needed: all, available: host)
  }
}

/// What one host needs for a study's trials, all of its ranks at work.
package struct StudyMemory {
  /// The trial that needs the most of a rank's own memory, and how many bytes; nil where no trial's network
  /// is known.
  package let largest: (trial: Trial, bytes: Double)?
  /// Bytes of memory that ranks share; 0 where none is shared.
  package let shared: Int
  private let ranks: Int

  /// - Parameter ranks: those of the host.
  package init(_ study: StudyConfig, _ trials: [Trial], _ costs: StudyCosts, ranks: Int) {
    self.ranks = ranks
    largest = trials.compactMap { trial in
      costs[trial].map { cost in
        let bytes = MemoryNeed.bytes(
          cost.model, slots: trial.training.optimizerSlots, batch: cost.batchSize,
          ranks: study.ranksPerTrial)
        return (trial, bytes)
      }
    }.max { $0.bytes < $1.bytes }
    // Groups of one rank may join for the last trials.
    let members = study.widensGroups ? ranks : min(ranks, study.ranksPerTrial)
    let isShared = study.gradientExchange == .sharded && members > 1
    let largest = trials.compactMap { trial in
      costs[trial].map { cost in
        Replica.sharedBytes(
          cost.model, slots: trial.training.optimizerSlots, batch: cost.batchSize,
          ranks: max(members, study.ranksPerTrial), ranksHere: members)
      }
    }.max()
    shared = isShared ? ranks / members * (largest ?? 0) : 0
  }

  package func check() throws {
    if let (trial, bytes) = largest {
      try MemoryNeed.check(bytes, of: "training \(trial.label)", ranksHere: ranks)
    }
    if shared > 0 { try SharedMemory.require(shared, ranks: ranks) }
  }
}

/// What the system says of this process's memory.
package enum ProcessMemory {
  /// The most memory that the process has had resident at once, in bytes; nil where the system
  /// doesn't tell. Linux counts from the start of the program, not of the process that became it,
  /// as `getrusage` does.
  package static var peakResidentBytes: Double? {
    KernelFile.text("/proc/self/status").flatMap(peakResidentBytes)
  }

  /// Bytes that this process may still take by its own limit (`ulimit -v`); nil where it has none.
  static var ownAvailableBytes: Double? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      limit.rlim_cur != rlim_t.max
    else { return nil }
    let status = KernelFile.text("/proc/self/status") ?? ""
    return Double(limit.rlim_cur) - (bytes(of: "VmSize:", in: status) ?? 0)
  }

  /// Bytes that all processes of this host, or of this container, may still take together; nil where the
  /// system doesn't tell.
  static var hostAvailableBytes: Double? {
    let memory = KernelFile.text("/proc/meminfo") ?? ""
    let host = bytes(of: "MemAvailable:", in: memory).map {
      $0 + (bytes(of: "SwapFree:", in: memory) ?? 0)
    }
    return [host, containerAvailableBytes].compactMap { $0 }.min()
  }

  /// What is left of the control group's limit (cgroups(7), version 2).
  private static var containerAvailableBytes: Double? {
    func number(_ file: String) -> Double? {
      KernelFile.text("/sys/fs/cgroup\(file)").flatMap(Double.init)
    }
    let own = KernelFile.text("/proc/self/cgroup")?.split(separator: "\n").first {
      $0.hasPrefix("0::/")
    }?
    .dropFirst(3)
    return Set([own.map { $0 == "/" ? "" : String($0) } ?? "", ""]).compactMap { group in
      number(group + "/memory.max").map { $0 - (number(group + "/memory.current") ?? 0) }
    }.min()
  }

  /// The value of a line such as `VmHWM:   12345 kB`, of 1024 bytes (proc(5)).
  private static func bytes(of key: String, in text: String) -> Double? {
    for line in text.split(separator: "\n") where line.hasPrefix(key) {
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard fields.count == 3, fields[2] == "kB", let kilobytes = Double(fields[1]) else {
        return nil
      }
      return kilobytes * 1024
    }
    return nil
  }

  /// The same, from the text of `/proc/self/status`.
  package static func peakResidentBytes(status: String) -> Double? {
    bytes(of: "VmHWM:", in: status)
  }
}
