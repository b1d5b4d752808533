import Cluster
import Experiments
import Foundation
import Health
import MPI
import NeuralNet
import Support

/// The hosts of a job, as its ranks describe them to each other when it starts.
package struct JobHosts {
  private let cards: [HostCard]
  private let rank: Int
  private let ranksPerTrial: Int
  /// The ranks in the order in which neighbours form groups.
  package let order: [Int]
  /// What all compute with.
  package let instructionSet: InstructionSet

  /// The hosts of ranks that have shown their cards, seen by one of them.
  package init(_ cards: [HostCard], rank: Int, ranksPerTrial: Int) {
    self.cards = cards
    self.rank = rank
    self.ranksPerTrial = ranksPerTrial
    instructionSet = InstructionSet.common(cards.map(\.instructionSet))
    order = Placement.order(hosts: cards.map(\.hostNumber), ranksPerTrial: ranksPerTrial)
  }

  /// Collective over the job.
  /// - Throws: `AgreedFailure`, on every rank, where the hosts don't run the same program and study
  ///   or a rank lacks what the study's number formats need.
  package init(_ job: JobHealth, _ study: StudyConfig, version: String) throws {
    let formats = study.training.values(of: \.precision)
    let own = try job.agreeing { try InstructionSet.chosen(for: formats) }
    let cards = try HostCard.exchange(
      job.world, host: HostName.own, version: version, instructionSet: own.rawValue,
      study: study.digest)
    self.init(cards, rank: job.world.rank, ranksPerTrial: study.ranksPerTrial)
    let common = instructionSet
    try job.agreeing {
      try UnequalHosts.check(cards)
      try requireNumberFormats(
        formats, instructionSet: common, environment: ProcessInfo.processInfo.environment)
    }
  }

  /// Each rank's host, in that order.
  package var names: [String] { order.map { cards[$0].host } }

  private var hostNumbers: [Int] { cards.map(\.hostNumber) }

  package var count: Int { Set(hostNumbers).count }

  /// Ranks of the smallest host.
  package var ranksPerHost: Int {
    Dictionary(grouping: hostNumbers, by: { $0 }).values.map(\.count).min() ?? 1
  }

  package var ranksHere: Int { cards.count { $0.hostNumber == cards[rank].hostNumber } }

  /// What a user should know of a job on several hosts.
  package var notes: [String] {
    var notes: [String] = []
    let sets = Dictionary(grouping: cards, by: \.instructionSet)
    if sets.count > 1 {
      let hosts = sets.sorted { $0.key < $1.key }
        .map { "\($0.key) on \(Set($0.value.map(\.host)).sorted().joined(separator: ", "))" }
      notes.append(
        "instruction sets differ (\(hosts.joined(separator: "; "))): all compute with "
          + "\(instructionSet.rawValue), so that results don't depend on where a trial runs")
    }
    let spanning = Placement.spanning(order, hosts: hostNumbers, ranksPerTrial: ranksPerTrial)
    if spanning > 0 {
      let groups = order.count / ranksPerTrial
      notes.append(
        "\(spanning) of \(groups) groups \(spanning == 1 ? "has" : "have") ranks on several hosts: "
          + "their gradients cross the network in every step; `srelu plan --network` tells what that costs"
      )
    }
    return notes
  }

  /// Does something that may fail on one host alone; the error names the host where there are several.
  package func here<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as MPIError where error.code != 0 {
      throw error
    } catch  where count > 1 {
      let failure = AgreedFailure(error)
      throw AgreedFailure(
        description: "on \(HostName.own): \(failure.description)", exitCode: failure.exitCode)
    }
  }
}
