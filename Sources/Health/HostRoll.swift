import Foundation

/// A host's message about itself.
package struct HostWord: Hashable, Codable, Sendable {
  package var host: String
  /// Its ranks in the world communicator.
  package var ranks: [Int]
  /// Each rank's last operation, a line per rank.
  package var operations: [String]

  package init(host: String, ranks: [Int], operations: [String]) {
    self.host = host
    self.ranks = ranks
    self.operations = operations
  }
}

/// When each host of a job was last heard from: a pure function of the messages received.
package struct HostRoll {
  /// Seconds for which a host may be silent. After a network outage of five seconds TCP retries
  /// within two more; and a rank that waits for the lost host must not be blamed first.
  package static let patience = 9.0
  private var heard: [Int: (word: HostWord, time: UInt64)] = [:]

  package init() {}

  /// Records a message from a host, named by its first rank, at this host's time in nanoseconds.
  package mutating func hear(_ word: HostWord, from rank: Int, at time: UInt64) {
    heard[rank] = (word, time)
  }

  package mutating func leave(_ rank: Int) { heard[rank] = nil }

  /// Why the job can't continue; nil while every host has been heard from.
  /// - Parameter notBefore: ignores time before this, when the judge itself was suspended.
  package func verdict(
    now: UInt64, notBefore: UInt64, patience: Double = HostRoll.patience
  ) -> String? {
    func silence(_ time: UInt64) -> Double {
      let since = max(time, notBefore)
      return now > since ? Double(now - since) * 1e-9 : 0
    }
    let lost = heard.sorted { $0.key < $1.key }.map(\.value)
      .filter { silence($0.time) > patience }
    if lost.isEmpty { return nil }
    let lines = lost.flatMap { host in
      let ranks = host.word.ranks.map(String.init).joined(separator: ", ")
      let noun = host.word.ranks.count == 1 ? "rank" : "ranks"
      let seconds = String(format: "%.1f", silence(host.time))
      return [
        "\(host.word.host), with \(noun) \(ranks), hasn't been heard from for \(seconds) s; before that:"
      ] + host.word.operations
    }
    return (lines + [StallJudgement.farewell]).joined(separator: "\n")
  }
}
