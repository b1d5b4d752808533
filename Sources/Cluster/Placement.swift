import MPI

/// Which ranks form a group: those of one node, where they fit.
public enum Placement {
  /// The ranks of a job in an order in which every `ranksPerTrial` neighbours are a group.
  ///
  /// As many groups as fit lie on one node each; what is left of the nodes forms the others. The first
  /// rank, where the coordinator is, stays the first.
  /// - Parameter nodes: each rank's node, by any number that its node-mates share.
  public static func order(nodes: [Int], ranksPerTrial: Int) -> [Int] {
    let byNode = Dictionary(grouping: nodes.indices, by: { nodes[$0] }).values
      .sorted { $0[0] < $1[0] }
    var groups: [[Int]] = []
    var left: [Int] = []
    for ranks in byNode {
      let whole = ranks.count / ranksPerTrial * ranksPerTrial
      groups += parts(Array(ranks[..<whole]), ranksPerTrial)
      left += ranks[whole...]
    }
    groups += parts(left, ranksPerTrial)
    // Ranks in order, so that the first of a group is its first here too.
    groups.sort { $0[0] == 0 && $1[0] != 0 }
    return groups.flatMap { $0 }
  }

  private static func parts(_ ranks: [Int], _ length: Int) -> [[Int]] {
    stride(from: 0, to: ranks.count, by: length).map {
      Array(ranks[$0..<min($0 + length, ranks.count)])
    }
  }

  /// How many of the groups in such an order have ranks on several nodes.
  public static func spanning(_ order: [Int], nodes: [Int], ranksPerTrial: Int) -> Int {
    parts(order, ranksPerTrial).count { Set($0.map { nodes[$0] }).count > 1 }
  }

  /// The job's ranks in an order that `order(nodes:ranksPerTrial:)` gave; collective. The caller frees
  /// it.
  ///
  /// - Throws: `MPIError`.
  public static func arrange(_ world: Communicator, order: [Int]) throws -> Communicator {
    let place = order.firstIndex(of: world.rank) ?? world.rank
    guard let arranged = try world.split(color: 0, key: place) else {
      throw MPIError(operation: "MPI_Comm_split", refusal: "rank \(world.rank) has no place.")
    }
    return arranged
  }
}
