import Foundation

/// What a node says of itself.
package struct NodeWord: Hashable, Codable, Sendable {
  /// Its name.
  package var host: String
  /// Its ranks in the world.
  package var ranks: [Int]
  /// What each of them did last, a line for each.
  package var operations: [String]

  package init(host: String, ranks: [Int], operations: [String]) {
    self.host = host
    self.ranks = ranks
    self.operations = operations
  }
}

/// Which nodes of a job were heard of, and when: a pure function of what came.
package struct NodeRoll {
  /// A node may be silent for so many seconds. After a network that was gone for five TCP tries again
  /// within two more; and a rank that waits for the lost node must not be blamed first.
  package static let patience = 9.0
  private var heard: [Int: (word: NodeWord, time: UInt64)] = [:]

  package init() {}

  /// Something came from a node, named by its first rank, at a time of this node's clock in nanoseconds.
  package mutating func hear(_ word: NodeWord, from rank: Int, at time: UInt64) {
    heard[rank] = (word, time)
  }

  /// A node has said goodbye.
  package mutating func leave(_ rank: Int) { heard[rank] = nil }

  /// Why the job can't go on; nil while every node was heard of.
  /// - Parameter notBefore: time before this doesn't count: whoever judges wasn't awake.
  package func verdict(
    now: UInt64, notBefore: UInt64, patience: Double = NodeRoll.patience
  ) -> String? {
    func silence(_ time: UInt64) -> Double {
      let since = max(time, notBefore)
      return now > since ? Double(now - since) * 1e-9 : 0
    }
    let lost = heard.sorted { $0.key < $1.key }.map(\.value)
      .filter { silence($0.time) > patience }
    if lost.isEmpty { return nil }
    let lines = lost.flatMap { node in
      let ranks = node.word.ranks.map(String.init).joined(separator: ", ")
      let noun = node.word.ranks.count == 1 ? "rank" : "ranks"
      let seconds = String(format: "%.1f", silence(node.time))
      return [
        "\(node.word.host), with \(noun) \(ranks), hasn't been heard of for \(seconds) s; before that:"
      ] + node.word.operations
    }
    return (lines + [StallJudgement.farewell]).joined(separator: "\n")
  }
}
