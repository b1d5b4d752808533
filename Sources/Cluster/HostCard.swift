import Crypto
import Experiments
import Foundation
import MPI
import Support

/// A rank's description of itself when a job starts.
package struct HostCard: Codable, Hashable, Sendable {
  package var rank: Int
  /// The host, identified by its first rank.
  package var hostNumber: Int
  package var host: String
  package var version: String
  /// The start of the SHA-256 of the program file.
  package var build: String
  /// `little` or `big`.
  package var byteOrder: String
  package var instructionSet: String
  package var study: String

  package init(
    rank: Int, hostNumber: Int, host: String, version: String, build: String, byteOrder: String,
    instructionSet: String, study: String
  ) {
    self.rank = rank
    self.hostNumber = hostNumber
    self.host = host
    self.version = version
    self.build = build
    self.byteOrder = byteOrder
    self.instructionSet = instructionSet
    self.study = study
  }

  /// Returns every rank's card, in rank order; collective. The program file is read once on each
  /// host, and not at all on a single host.
  /// - Throws: `MPIError`.
  package static func exchange(
    _ world: Communicator, host: String, version: String, instructionSet: String,
    study: String
  ) throws -> [HostCard] {
    let local = try world.splitByHost()
    let build = local.size == world.size || local.rank > 0 ? "" : programDigest()
    let card = HostCard(
      rank: world.rank, hostNumber: Int(try local.broadcast(Int64(world.rank), root: 0)),
      host: host,
      version: version, build: try local.broadcast(message: build, root: 0),
      byteOrder: 1.littleEndian == 1 ? "little" : "big", instructionSet: instructionSet,
      study: study)
    try local.free()
    return try world.broadcast(message: try world.gather(message: card, root: 0), root: 0)
  }

  private static func programDigest() -> String {
    guard let file = try? Data(contentsOf: URL(fileURLWithPath: "/proc/self/exe")) else {
      return "unreadable"
    }
    return SHA256.hash(data: file).prefix(8).hexadecimal
  }
}

/// Ranks that run different programs or studies.
package struct UnequalHosts: ReportableError, Equatable {
  package let description: String
  package var exitCode: ExitCode { .environment }

  /// Throws if a rank differs from the first.
  package static func check(_ cards: [HostCard]) throws(UnequalHosts) {
    let aspects: [(name: String, value: (HostCard) -> String)] = [
      ("byte order", { $0.byteOrder }), ("version", { $0.version }), ("build", { $0.build }),
      ("what it makes of the study", { $0.study }),
    ]
    guard let first = cards.first else { return }
    for aspect in aspects {
      let other = cards.filter { aspect.value($0) != aspect.value(first) }
      if other.isEmpty { continue }
      let differing = Dictionary(grouping: other, by: \.host).sorted { $0.key < $1.key }
        .map { "\($0.key) (\(ranks($0.value))) has \(aspect.value($0.value[0]))" }
      throw UnequalHosts(
        description: "the hosts don't run the same program: in \(aspect.name), \(first.host) has "
          + "\(aspect.value(first)), \(differing.joined(separator: ", ")). Copy the program of "
          + "\(first.host) to the others, at the same path.")
    }
  }

  private static func ranks(_ cards: [HostCard]) -> String {
    (cards.count == 1 ? "rank " : "ranks ") + cards.map { String($0.rank) }.joined(separator: ", ")
  }
}
