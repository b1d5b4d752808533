import Foundation
import Support

/// The physical cores that this process may use: hyperthreads share one core's SIMD units, so a second rank on a
/// core gains nothing.
package struct UsableCores: Equatable, Sendable {
  package var cores: Int
  package var isWholeMachine: Bool

  /// Those of this process: fewer than the machine's where it may run on some alone, or a control group grants it
  /// less time.
  package static var own: UsableCores {
    let processors = ProcessorList.numbers(ProcessorList.allowed)
    var usable = UsableCores(
      cores: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), isWholeMachine: false)
    if !processors.isEmpty {
      let set = CoreSet(processors)
      usable = UsableCores(cores: set.cores, isWholeMachine: set.cores >= set.machineCores)
    }
    if let quota = CPUQuota.own, quota < usable.cores {
      usable = UsableCores(cores: quota, isWholeMachine: false)
    }
    return usable
  }
}

/// The CPUs' worth of time that control groups grant a process.
package enum CPUQuota {
  static var own: Int? { least(groups: "/proc/self/cgroup", root: "/sys/fs/cgroup") }

  /// The least of a process's group and those above it, rounded down, at least 1; nil where there is no limit.
  /// Version 2 has one hierarchy, version 1 one with the name cpu.
  /// - Parameters:
  ///   - groups: the file with the process's groups.
  ///   - root: where control groups are mounted.
  package static func least(groups: String, root: String) -> Int? {
    (KernelFile.text(groups) ?? "").split(separator: "\n").flatMap { line -> [Int] in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      let names = fields[1].split(separator: ",")
      guard names.isEmpty || names.contains("cpu") else { return [] }
      // In a container the path may be that of the host, and only the root is there.
      var folder = root + (names.isEmpty ? "" : "/cpu")
      let folders =
        [folder]
        + fields[2].split(separator: "/").map {
          folder += "/\($0)"
          return folder
        }
      return folders.compactMap(limit)
    }.min()
  }

  private static func limit(_ folder: String) -> Int? {
    let both =
      KernelFile.text("\(folder)/cpu.max")?.split(separator: " ").map(String.init)
      ?? ["cpu.cfs_quota_us", "cpu.cfs_period_us"].compactMap { KernelFile.text("\(folder)/\($0)") }
    guard both.count == 2, let quota = Int(both[0]), let period = Int(both[1]), quota > 0,
      period > 0
    else { return nil }
    return max(1, quota / period)
  }
}
