import Coordinator
import DataParallel
import Experiments
import Foundation
import MPI

/// Where a rank of a job runs, as it is.
struct RankPlace: Codable {
  var rank: Int
  var host: String
  /// The processors that the kernel lets it run on, such as `0-3,8`.
  var processors: String
  /// What those processors come to: cores, caches of the third level, NUMA nodes.
  var topology: CoreSet
  /// The same of all ranks of its host together.
  var hostTopology: CoreSet
  /// Its node, by the node's first rank.
  var node: Int
  /// The group of a study in which it would train.
  var group: Int
  /// The interfaces through which the host reaches the job's other hosts.
  var interfaces: [String]

  enum CodingKeys: String, CodingKey {
    case rank, host, processors, topology, node, group, interfaces
    case hostTopology = "host_topology"
  }

  /// This rank alone.
  static func here(rank: Int) -> RankPlace {
    let processors = Launcher.allowedProcessors
    let topology = CoreSet(RankChecks.processors(processors))
    return RankPlace(
      rank: rank, host: LockOwner.current.host, processors: processors, topology: topology,
      hostTopology: topology, node: rank, group: 0, interfaces: [])
  }

  /// Every rank's, in order; collective over `world`.
  static func all(_ world: Communicator, ranksPerTrial: Int) throws -> [RankPlace] {
    var own = here(rank: world.rank)
    let node = try world.splitByNode()
    own.node = Int(try node.broadcast(Int64(world.rank), root: 0))
    let lists = try node.broadcast(
      message: try node.gather(message: own.processors, root: 0), root: 0)
    own.hostTopology = CoreSet(Set(lists.flatMap(RankChecks.processors)).sorted())
    try node.free()
    let nodes = try world.allgather([Int64(own.node)]).map(Int.init)
    let order = Placement.order(nodes: nodes, ranksPerTrial: ranksPerTrial)
    own.group = (order.firstIndex(of: world.rank) ?? 0) / ranksPerTrial
    let interfaces = HostInterfaces.own
    let all = try world.broadcast(
      message: try world.gather(message: interfaces, root: 0), root: 0)
    let others = Set(nodes).filter { $0 != own.node }.sorted().map { all[$0] }
    own.interfaces = interfaces.reaching(others).map(\.name)
    return try world.broadcast(message: try world.gather(message: own, root: 0), root: 0)
  }
}

extension HostInterfaces {
  /// Addresses that several of a job's hosts have, in words; collective over `world`.
  static func clashes(_ world: Communicator) throws -> [String] {
    let node = try world.splitByNode()
    let isFirst = try world.gather(message: node.rank == 0, root: 0)
    try node.free()
    let all = try world.gather(message: own, root: 0)
    let hosts = zip(all, isFirst).filter(\.1).map(\.0)
    let clashing = hosts.indices.flatMap { one in
      hosts[(one + 1)...].flatMap { hosts[one].shared(with: $0) }
    }
    return Set(clashing).map { "\($0.name) (\($0.network)) has the same address on several hosts" }
      .sorted()
  }
}

/// Cores, third-level caches and NUMA nodes of a set of processors, as the kernel tells.
struct CoreSet: Codable, Equatable, CustomStringConvertible {
  var cores: Int
  var caches: Int
  var memories: Int
  /// Cores of the whole machine.
  var machineCores: Int

  enum CodingKeys: String, CodingKey {
    case cores, caches, memories
    case machineCores = "machine_cores"
  }

  var description: String {
    guard memories > 1 || caches > 1 else { return "\(cores)" }
    return "\(cores) (\(memories) NUMA node\(memories == 1 ? "" : "s"), "
      + "\(caches) L3 cache\(caches == 1 ? "" : "s"))"
  }

  init(_ processors: [Int]) {
    func value(_ processor: Int, _ file: String) -> String {
      let path = "/sys/devices/system/cpu/cpu\(processor)/\(file)"
      let text = try? String(contentsOfFile: path, encoding: .utf8)
      return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }
    func count(_ processors: [Int], _ file: String) -> Int {
      Set(processors.map { value($0, file) }).count
    }
    let siblings = "topology/thread_siblings_list"
    cores = count(processors, siblings)
    caches = count(processors, "cache/index3/shared_cpu_list")
    let folder = "/sys/devices/system/node"
    let nodes = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
      .filter { $0.hasPrefix("node") }
      .map { (try? String(contentsOfFile: "\(folder)/\($0)/cpulist", encoding: .utf8)) ?? "" }
      .map { Set(RankChecks.processors($0.trimmingCharacters(in: .whitespacesAndNewlines))) }
    memories = nodes.count { !$0.isDisjoint(with: processors) }
    let online =
      (try? String(contentsOfFile: "/sys/devices/system/cpu/online", encoding: .utf8)) ?? ""
    machineCores = count(
      RankChecks.processors(online.trimmingCharacters(in: .whitespacesAndNewlines)), siblings)
  }
}
