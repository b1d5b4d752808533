import MPI

/// How the ranks of a group lie on nodes.
package struct NodeLayout {
  /// The group's ranks on this node, in the group's order.
  package let node: Communicator
  /// Nodes of the group.
  package let nodes: Int
  /// This node's number among them, in the order of their first ranks.
  package let index: Int
  /// Ranks of each node that talk to other nodes: as many as the smallest node has.
  package let owners: Int

  /// Collective over the group.
  ///
  /// - Parameter color: ranks of the same color count as one node; nil asks the machine. Ranks that
  ///   really share memory may play several nodes, not the other way round.
  package init(_ group: Communicator, color: Int? = nil) throws {
    if let color, let part = try group.split(color: color, key: group.rank) {
      node = part
    } else {
      node = try group.splitByNode()
    }
    let first = try node.broadcast(Int64(group.rank), root: 0)
    let firsts = Set(try group.allgather([first])).sorted()
    nodes = firsts.count
    index = firsts.firstIndex(of: first) ?? 0
    owners = Int(try group.allreduce(Int64(node.size), .min))
  }

  /// The ranks at this rank's place on each node, by node; nil at a place that some node lacks.
  /// Collective over the group.
  package func column(of group: Communicator) throws -> Communicator? {
    try group.split(color: node.rank < owners ? node.rank : nil, key: index)
  }
}
