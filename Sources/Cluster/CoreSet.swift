import Foundation
import Support

/// The kernel's lists of processors, such as `0-3,8`.
package enum ProcessorList {
  /// The processors that this process may run on; `unknown` if the kernel doesn't say.
  package static var allowed: String {
    let status = KernelFile.text("/proc/self/status")
    let line = status?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    return line.map { $0.dropFirst(18).trimmingCharacters(in: .whitespaces) } ?? "unknown"
  }

  package static func numbers(_ list: String) -> [Int] {
    list.split(separator: ",").flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
  }
}

/// Number of cores, L3 caches and NUMA nodes of a set of processors, by the kernel.
package struct CoreSet: Codable, Equatable, CustomStringConvertible {
  package var cores: Int
  package var caches: Int
  package var memories: Int
  /// Cores of the whole host.
  package var machineCores: Int

  package enum CodingKeys: String, CodingKey {
    case cores, caches, memories
    case machineCores = "machine_cores"
  }

  package var description: String {
    guard memories > 1 || caches > 1 else { return "\(cores)" }
    return "\(cores) (\(memories) NUMA node\(memories == 1 ? "" : "s"), "
      + "\(caches) L3 cache\(caches == 1 ? "" : "s"))"
  }

  package init(_ processors: [Int]) {
    let folder = "/sys/devices/system"
    func value(_ processor: Int, _ file: String) -> String? {
      KernelFile.text("\(folder)/cpu/cpu\(processor)/\(file)")
    }
    /// A processor of which the kernel doesn't tell is a core of its own.
    func countCores(_ processors: [Int]) -> Int {
      Set(processors.map { value($0, "topology/thread_siblings_list") ?? "\($0)" }).count
    }
    cores = countCores(processors)
    caches = Set(processors.map { value($0, "cache/index3/shared_cpu_list") }).count
    let nodes = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/node")) ?? []
    memories = nodes.count { node in
      let list = node.hasPrefix("node") ? KernelFile.text("\(folder)/node/\(node)/cpulist") : nil
      return !Set(ProcessorList.numbers(list ?? "")).isDisjoint(with: processors)
    }
    machineCores = countCores(ProcessorList.numbers(KernelFile.text("\(folder)/cpu/online") ?? ""))
  }
}
