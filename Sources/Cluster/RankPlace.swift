import MPI
import Support

/// Where a rank of a job runs.
package struct RankPlace: Codable {
  package var rank: Int
  package var host: String
  /// The processors that it may run on, such as `0-3,8`.
  package var processors: String
  /// The cores, L3 caches and NUMA nodes of those processors.
  package var topology: CoreSet
  /// The same for all ranks of its host together.
  package var hostTopology: CoreSet
  /// The host, identified by its first rank.
  package var hostNumber: Int
  /// The group of a study that it would belong to.
  package var group: Int
  /// The interfaces through which the host reaches the job's other hosts.
  package var interfaces: [String]

  package enum CodingKeys: String, CodingKey {
    case rank, host, processors, topology, group, interfaces
    case hostNumber = "node"
    case hostTopology = "host_topology"
  }

  package static func here(rank: Int) -> RankPlace {
    let processors = ProcessorList.allowed
    let topology = CoreSet(ProcessorList.numbers(processors))
    return RankPlace(
      rank: rank, host: HostName.own, processors: processors, topology: topology,
      hostTopology: topology, hostNumber: rank, group: 0, interfaces: [])
  }

  /// Returns every rank's place, in order; collective over `world`.
  package static func all(_ world: Communicator, ranksPerTrial: Int) throws -> [RankPlace] {
    var own = here(rank: world.rank)
    let local = try world.splitByHost()
    own.hostNumber = Int(try local.broadcast(Int64(world.rank), root: 0))
    let lists = try local.broadcast(
      message: try local.gather(message: own.processors, root: 0), root: 0)
    own.hostTopology = CoreSet(Set(lists.flatMap(ProcessorList.numbers)).sorted())
    try local.free()
    let hosts = try world.allgather([Int64(own.hostNumber)]).map(Int.init)
    let order = Placement.order(hosts: hosts, ranksPerTrial: ranksPerTrial)
    own.group = (order.firstIndex(of: world.rank) ?? 0) / ranksPerTrial
    let interfaces = HostInterfaces.own
    let all = try world.broadcast(
      message: try world.gather(message: interfaces, root: 0), root: 0)
    let others = Set(hosts).filter { $0 != own.hostNumber }.sorted().map { all[$0] }
    own.interfaces = interfaces.reaching(others).map(\.name)
    return try world.broadcast(message: try world.gather(message: own, root: 0), root: 0)
  }
}
