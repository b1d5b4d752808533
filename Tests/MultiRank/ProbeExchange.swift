import DataParallel
import Experiments
import MPI

/// A way of averaging gradients that probes go through, with ranks that play hosts. Those on one real
/// host may play several, and do.
struct ProbeExchange: CustomStringConvertible {
  let exchange: GradientExchange
  var hosts = HostChoice()
  let description: String

  static let sharded = ProbeExchange(exchange: .sharded, description: "sharded")
  static let allreduce = ProbeExchange(exchange: .allreduce, description: "allreduce")

  /// Hosts of so many neighbours each; the last may have fewer.
  static func hosts(of size: Int, _ group: Communicator, overlaps: Bool = true) throws
    -> ProbeExchange
  {
    let color = try color(group) { $0 / size }
    return ProbeExchange(
      exchange: .sharded, hosts: HostChoice(color: color, overlaps: overlaps),
      description: "hosts of \(size)\(overlaps ? "" : ", after the backward pass")")
  }

  /// Two hosts that take the ranks in turn.
  static func turns(_ group: Communicator) throws -> ProbeExchange {
    ProbeExchange(
      exchange: .sharded, hosts: HostChoice(color: try color(group) { $0 % 2 }),
      description: "hosts in turn")
  }

  /// All that make a difference on so many ranks.
  static func all(_ group: Communicator) throws -> [ProbeExchange] {
    var all = [sharded, allreduce]
    if group.size > 1 {
      all += [try hosts(of: 1, group), try hosts(of: 1, group, overlaps: false)]
    }
    if group.size > 2 { all += [try hosts(of: 2, group), try turns(group)] }
    return all
  }

  /// One of each kind.
  static func some(_ group: Communicator) throws -> [ProbeExchange] {
    [sharded, allreduce] + (group.size > 1 ? [try hosts(of: (group.size + 1) / 2, group)] : [])
  }

  /// A color that ranks share which share memory and have the same part.
  private static func color(_ group: Communicator, part: (Int) -> Int) throws -> Int {
    let local = try group.splitByHost()
    let first = Int(try local.broadcast(Int64(group.rank), root: 0))
    defer { try? local.free() }
    return first * group.size + part(local.rank)
  }

  /// How replicas are compared in every step.
  enum Comparison {
    /// Each with another one.
    case atOnce
    /// Each with another one, and what was seen is told with the next step.
    case late
    /// Not all of them.
    case none
  }

  func comparison(_ group: Communicator) throws -> Comparison {
    guard exchange == .sharded else { return .none }
    let local =
      try hosts.color.flatMap { try group.split(color: $0, key: group.rank) }
      ?? group.splitByHost()
    let smallest = try group.allreduce(Int64(local.size), .min)
    try local.free()
    if smallest == group.size { return .atOnce }
    return smallest > 1 ? .late : .none
  }
}
