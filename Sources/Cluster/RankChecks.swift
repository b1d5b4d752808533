/// The doctor's checks across the ranks of a job.
package enum RankChecks {
  package static func all(
    _ ranks: [RankPlace], ranksPerTrial: Int, clashes: [String]
  ) -> [Finding] {
    let hosts = Dictionary(grouping: ranks, by: \.hostNumber).sorted { $0.key < $1.key }.map(
      \.value)
    return hosts.map(host) + groups(ranks, hosts.count, ranksPerTrial)
      + network(ranks, hosts.count, clashes)
  }

  /// Checks the binding: each rank needs a core of its own.
  private static func host(_ ranks: [RankPlace]) -> Finding {
    let sets = ranks.map { Set(ProcessorList.numbers($0.processors)) }
    let all = sets.reduce(into: Set<Int>()) { $0.formUnion($1) }
    let topology = ranks[0].hostTopology
    let subject = "ranks on \(ranks[0].host)"
    let noun = ranks.count == 1 ? "rank" : "ranks"
    let detail = "\(ranks.count) \(noun) on \(topology) "
    if ranks.count > topology.cores {
      return Finding(
        subject, .problem, detail + "cores: they share, and wait for each other",
        advice: "at most one rank per core: \(topology.cores) on this host")
    }
    let overlap = overlapping(sets)
    let isBound = sets.allSatisfy { $0.count < all.count } || ranks.count == 1
    if let (first, second) = overlap, isBound {
      return Finding(
        subject, .problem,
        detail
          + "cores, but ranks \(ranks[first].rank) and \(ranks[second].rank) are bound to the same",
        advice: "mpirun --map-by core --bind-to core …, as launch/hosts has it")
    }
    if overlap != nil, ranks.count == ranks[0].topology.machineCores {
      return Finding(
        subject, .warning, detail + "cores, not bound: the kernel may move them",
        advice: "mpirun --map-by core --bind-to core …, as launch/hosts has it")
    }
    if let wide = ranks.first(where: { $0.topology.memories > 1 && isBound && ranks.count > 1 }) {
      return Finding(
        subject, .warning,
        detail + "cores, but rank \(wide.rank) has cores of \(wide.topology.memories) NUMA nodes",
        advice: "fewer threads per rank, so that each stays in one: --threads")
    }
    return Finding(
      subject, .ok, detail + (overlap == nil ? "cores, each its own" : "cores, not bound"))
  }

  private static func overlapping(_ sets: [Set<Int>]) -> (Int, Int)? {
    for second in sets.indices {
      for first in 0..<second where !sets[first].isDisjoint(with: sets[second]) {
        return (first, second)
      }
    }
    return nil
  }

  /// Checks that each group's ranks share a host.
  private static func groups(_ ranks: [RankPlace], _ hosts: Int, _ ranksPerTrial: Int) -> [Finding]
  {
    guard hosts > 1 else { return [] }
    let groups = Dictionary(grouping: ranks, by: \.group)
    let wide = groups.filter { Set($0.value.map(\.hostNumber)).count > 1 }.keys.sorted()
    guard !wide.isEmpty else {
      return [Finding("groups", .ok, "\(groups.count) of \(ranksPerTrial), each on one host")]
    }
    let smallest = Dictionary(grouping: ranks, by: \.hostNumber).values.map(\.count).min() ?? 1
    let fitting = (1...smallest).last { ranks.count % $0 == 0 && smallest % $0 == 0 } ?? 1
    return [
      Finding(
        "groups", .warning,
        "\(wide.count) of \(groups.count) lie on several hosts: their gradients cross the network in "
          + "every step",
        advice:
          "--ranks-per-trial \(fitting) fits on each host; srelu plan --network tells what is faster"
      )
    ]
  }

  private static func network(_ ranks: [RankPlace], _ hosts: Int, _ clashes: [String]) -> [Finding]
  {
    guard hosts > 1 else { return [] }
    var findings: [Finding] = []
    let places = Dictionary(grouping: ranks, by: \.hostNumber).values.compactMap(\.first)
      .sorted { $0.hostNumber < $1.hostNumber }
    if let alone = places.first(where: { $0.interfaces.isEmpty }) {
      findings.append(
        Finding(
          "network", .problem, "\(alone.host) has no interface in a network of all others",
          advice: "ip -4 address, on each host, tells the networks"))
    } else if let several = places.first(where: { $0.interfaces.count > 1 }) {
      findings.append(
        Finding(
          "network", .warning,
          "\(several.host) reaches the others through \(several.interfaces.joined(separator: " and ")): "
            + "Open MPI uses all of them",
          advice: "launch/hosts --interface NETWORK, the fastest one as 10.1.0.0/16"))
    } else {
      findings.append(
        Finding("network", .ok, "all hosts reach each other through one interface each"))
    }
    findings += clashes.map {
      Finding(
        "network", .warning, $0 + ": messages to it would lead nowhere",
        advice: "launch/hosts --interface NETWORK, the one between the hosts as 10.1.0.0/16")
    }
    return findings
  }
}
