import Models

/// A fixed binary tree over the shards of a global batch, along which sums over samples are added up.
///
/// A shard is a run of `samples` samples by their place in the global batch. Node (level, index) stands
/// for the shards from index · 2^level on, 2^level of them or as many as there are. Whoever adds up some
/// shards, in order, is left with the largest nodes within them; nodes of several ranks in order become
/// one another's siblings, and end in the root with the same bits as on one rank.
package struct ShardTree {
  /// Samples of a shard: as many as the convolutions take at a time.
  package static let samples = Numerics.shardSamples

  /// Shards that have been added up.
  package struct Node: Equatable {
    package let level: Int
    package let index: Int
  }

  /// The nodes that are left, in order; each has a slot of its number in the caller's memory.
  package private(set) var nodes: [Node] = []

  package init() { nodes.reserveCapacity(64) }

  /// The most slots that adding up so many consecutive shards takes, the one of a new shard included.
  package static func slots(shards: Int) -> Int {
    // The levels rise and fall again; two full halves of a level would have merged.
    min(shards, 2 * (Int.bitWidth - shards.leadingZeroBitCount)) + 1
  }

  package mutating func reset() { nodes.removeAll(keepingCapacity: true) }

  /// Appends a node, whose values the slot of number `nodes.count` holds, and adds siblings up: `merge`
  /// adds the next slot to the one given.
  package mutating func push(_ node: Node, merge: (_ slot: Int) -> Void) {
    nodes.append(node)
    while nodes.count > 1 {
      let (left, right) = (nodes[nodes.count - 2], nodes[nodes.count - 1])
      guard left.level == right.level, left.index % 2 == 0, right.index == left.index + 1 else {
        return
      }
      nodes.removeLast(2)
      merge(nodes.count)
      nodes.append(Node(level: left.level + 1, index: left.index / 2))
    }
  }

  /// Appends a shard.
  package mutating func push(shard: Int, merge: (_ slot: Int) -> Void) {
    push(Node(level: 0, index: shard), merge: merge)
  }

  /// Adds all nodes up, in slot 0: the root where they cover a whole batch, whose last shards may be missing.
  package func finish(merge: (_ slot: Int) -> Void) {
    for slot in stride(from: nodes.count - 2, through: 0, by: -1) { merge(slot) }
  }

  /// The nodes of some consecutive shards.
  package static func nodes(of shards: Range<Int>) -> [Node] {
    var tree = ShardTree()
    for shard in shards { tree.push(shard: shard) { _ in } }
    return tree.nodes
  }

  /// The shards of samples that start at a multiple of `samples`.
  package static func shards(of range: Range<Int>) -> Range<Int> {
    let first = range.lowerBound / samples
    return first..<first + (range.count + samples - 1) / samples
  }
}

/// The nodes that each rank of a group is left with, by the samples of a global batch.
package final class RankNodes {
  private let ranks: Int
  private var known: [Int: [[ShardTree.Node]]] = [:]

  package init(ranks: Int) { self.ranks = ranks }

  /// By the ranks' places in the order of their shares.
  package subscript(batch: Int) -> [[ShardTree.Node]] {
    if let nodes = known[batch] { return nodes }
    let nodes = (0..<ranks).map {
      ShardTree.nodes(of: ShardTree.shards(of: Team.share(of: batch, rank: $0, ranks: ranks)))
    }
    known[batch] = nodes
    return nodes
  }
}
