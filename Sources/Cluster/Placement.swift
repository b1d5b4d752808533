import MPI

/// The assignment of ranks to groups: those of one host where they fit.
package enum Placement {
  /// Returns the ranks of a job ordered so that every `ranksPerTrial` neighbours form a group.
  ///
  /// As many groups as fit lie on one host each; the remaining ranks form the others. The first
  /// rank, where the coordinator is, stays first.
  /// - Parameter hosts: each rank's host, as any number common to that host.
  package static func order(hosts: [Int], ranksPerTrial: Int) -> [Int] {
    let byHost = Dictionary(grouping: hosts.indices, by: { hosts[$0] }).values
      .sorted { $0[0] < $1[0] }
    var groups: [[Int]] = []
    var left: [Int] = []
    for ranks in byHost {
      let whole = ranks.count / ranksPerTrial * ranksPerTrial
      groups += parts(Array(ranks[..<whole]), ranksPerTrial)
      left += ranks[whole...]
    }
    groups += parts(left, ranksPerTrial)
    // Groups keep their ranks in order, so that a group's first rank is also its first here.
    groups.sort { $0[0] == 0 && $1[0] != 0 }
    return groups.flatMap { $0 }
  }

  private static func parts(_ ranks: [Int], _ length: Int) -> [[Int]] {
    stride(from: 0, to: ranks.count, by: length).map {
      Array(ranks[$0..<min($0 + length, ranks.count)])
    }
  }

  /// Counts the groups, in such an order, that have ranks on several hosts.
  package static func spanning(_ order: [Int], hosts: [Int], ranksPerTrial: Int) -> Int {
    parts(order, ranksPerTrial).count { Set($0.map { hosts[$0] }).count > 1 }
  }

  /// Returns the job's ranks in an order from `order(hosts:ranksPerTrial:)`; collective. The caller
  /// frees the communicator.
  /// - Throws: `MPIError`.
  package static func arrange(_ world: Communicator, order: [Int]) throws -> Communicator {
    let place = order.firstIndex(of: world.rank) ?? world.rank
    guard let arranged = try world.split(color: 0, key: place) else {
      throw MPIError(operation: "MPI_Comm_split", refusal: "rank \(world.rank) has no place.")
    }
    return arranged
  }
}
