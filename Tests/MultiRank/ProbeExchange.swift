import DataParallel
import Experiments
import MPI

/// A way of averaging gradients that probes go through, with ranks that play nodes.
struct ProbeExchange: CustomStringConvertible {
  let exchange: GradientExchange
  var nodes = NodeChoice()
  let description: String

  static let sharded = ProbeExchange(exchange: .sharded, description: "sharded")
  static let allreduce = ProbeExchange(exchange: .allreduce, description: "allreduce")

  /// Nodes of so many neighbours each; the last may have fewer.
  static func nodes(of size: Int, _ group: Communicator, overlaps: Bool = true) -> ProbeExchange {
    ProbeExchange(
      exchange: .sharded, nodes: NodeChoice(color: group.rank / size, overlaps: overlaps),
      description: "nodes of \(size)\(overlaps ? "" : ", after the backward pass")")
  }

  /// Two nodes that take the ranks in turn.
  static func turns(_ group: Communicator) -> ProbeExchange {
    ProbeExchange(
      exchange: .sharded, nodes: NodeChoice(color: group.rank % 2), description: "nodes in turn")
  }

  /// All that make a difference on so many ranks.
  static func all(_ group: Communicator) -> [ProbeExchange] {
    var all = [sharded, allreduce]
    if group.size > 1 { all += [nodes(of: 1, group), nodes(of: 1, group, overlaps: false)] }
    if group.size > 2 { all += [nodes(of: 2, group), turns(group)] }
    return all
  }

  /// Whether steps compare every replica with another one: not where a rank plays a node alone.
  func seesDifferences(_ group: Communicator) -> Bool {
    exchange == .sharded && (nodes.color == nil || group.size > 3)
  }

  /// Whether it is told with the next step.
  func isLate(_ group: Communicator) -> Bool { seesDifferences(group) && nodes.color != nil }

  /// One of each kind.
  static func some(_ group: Communicator) -> [ProbeExchange] {
    [sharded, allreduce] + (group.size > 1 ? [nodes(of: (group.size + 1) / 2, group)] : [])
  }
}
