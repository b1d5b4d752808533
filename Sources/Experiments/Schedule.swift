/// The schedule when trials are dispatched longest first, each to the first free group.
///
/// Longest-processing-time list scheduling: never more than 4/3 − 1/(3m) times the best makespan on
/// m groups (Graham, "Bounds on multiprocessing timing anomalies", 1969).
package struct Schedule: Hashable, Sendable {
  /// For each group, the indices of its trials in the order in which it gets them.
  package var assignments: [[Int]]
  /// For each group, the sum of its trials' costs.
  package var loads: [Double]

  /// When the last group is done.
  package var makespan: Double { loads.max() ?? 0 }

  /// A schedule of trials with these costs, in any unit, on `groups` groups. Trials of the same cost
  /// keep their order, and of two groups free at the same time the first gets the next trial: the same input
  /// gives the same schedule.
  package init(costs: [Double], groups: Int) {
    precondition(groups > 0, "a schedule on \(groups) groups")
    assignments = Array(repeating: [], count: groups)
    loads = Array(repeating: 0, count: groups)
    for trial in Self.longestFirst(costs) {
      var next = 0
      for group in 1..<groups where loads[group] < loads[next] { next = group }
      assignments[next].append(trial)
      loads[next] += costs[trial]
    }
  }

  /// The indices of `costs` from the largest to the smallest, those of the same cost in order.
  package static func longestFirst(_ costs: [Double]) -> [Int] {
    costs.indices.sorted { (costs[$0], $1) > (costs[$1], $0) }
  }
}
