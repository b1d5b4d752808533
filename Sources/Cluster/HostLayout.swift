import MPI

/// The distribution of a group's ranks over hosts.
package struct HostLayout {
  /// The group's ranks on this host, in the group's order.
  package let local: Communicator
  package let hosts: Int
  /// This host's index among them, in the order of their first ranks.
  package let index: Int
  /// Ranks per host that communicate with other hosts: as many as the smallest host has.
  package let owners: Int

  /// Collective over the group.
  /// - Parameter color: ranks of the same color count as one host; nil uses the real hosts. For
  ///   tests: ranks that share memory may play several hosts, but not the other way round.
  package init(_ group: Communicator, color: Int? = nil) throws {
    if let color, let part = try group.split(color: color, key: group.rank) {
      local = part
    } else {
      local = try group.splitByHost()
    }
    let first = try local.broadcast(Int64(group.rank), root: 0)
    let firsts = Set(try group.allgather([first])).sorted()
    hosts = firsts.count
    index = firsts.firstIndex(of: first) ?? 0
    owners = Int(try group.allreduce(Int64(local.size), .min))
  }

  /// Returns the ranks with this rank's index on each host, by host; nil for an index that some
  /// host lacks. Collective over the group.
  package func column(of group: Communicator) throws -> Communicator? {
    try group.split(color: local.rank < owners ? local.rank : nil, key: index)
  }
}
