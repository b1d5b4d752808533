import MPI
import Support

/// Where a rank of a job runs, as it is.
package struct RankPlace: Codable {
  package var rank: Int
  package var host: String
  /// The processors that the kernel lets it run on, such as `0-3,8`.
  package var processors: String
  /// What those processors come to: cores, caches of the third level, NUMA nodes.
  package var topology: CoreSet
  /// The same of all ranks of its host together.
  package var hostTopology: CoreSet
  /// Its node, by the node's first rank.
  package var node: Int
  /// The group of a study in which it would train.
  package var group: Int
  /// The interfaces through which the host reaches the job's other hosts.
  package var interfaces: [String]

  package enum CodingKeys: String, CodingKey {
    case rank, host, processors, topology, node, group, interfaces
    case hostTopology = "host_topology"
  }

  /// This rank alone.
  package static func here(rank: Int) -> RankPlace {
    let processors = ProcessorList.allowed
    let topology = CoreSet(ProcessorList.numbers(processors))
    return RankPlace(
      rank: rank, host: HostName.own, processors: processors, topology: topology,
      hostTopology: topology, node: rank, group: 0, interfaces: [])
  }

  /// Every rank's, in order; collective over `world`.
  package static func all(_ world: Communicator, ranksPerTrial: Int) throws -> [RankPlace] {
    var own = here(rank: world.rank)
    let node = try world.splitByNode()
    own.node = Int(try node.broadcast(Int64(world.rank), root: 0))
    let lists = try node.broadcast(
      message: try node.gather(message: own.processors, root: 0), root: 0)
    own.hostTopology = CoreSet(Set(lists.flatMap(ProcessorList.numbers)).sorted())
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
