import Cluster
import Coordinator
import DataParallel
import Experiments
import MPI
import NeuralNet
import Support

/// The hosts of a job, as its ranks describe them to each other when it starts.
struct JobHosts {
  let cards: [NodeCard]
  private let rank: Int
  /// The ranks in the order in which neighbours form groups.
  let order: [Int]
  /// Ranks of a group.
  let ranksPerTrial: Int
  /// What all compute with.
  let instructionSet: InstructionSet

  /// Collective over `world`.
  ///
  /// - Throws: `Job.AgreedFailure`, on every rank, where the hosts don't run the same program and study
  ///   or a rank lacks what the study's number formats need.
  init(_ world: Communicator, _ study: StudyConfig) throws {
    let formats = study.training.values(of: \.precision)
    let own = try Job.agreeing(world) { try chosenInstructionSet(for: formats) }
    let cards = try NodeCard.exchange(
      world, host: HostName.own, version: Version.number, instructionSet: own.rawValue,
      study: study.digest)
    let common = InstructionSet.common(cards.map(\.instructionSet))
    try Job.agreeing(world) {
      try UnequalNodes.check(cards)
      try requireNumberFormats(formats, instructionSet: common, environment: [:])
    }
    if Set(cards.map(\.instructionSet)).count > 1 { limitMatrixLibrary(to: common) }
    self.cards = cards
    rank = world.rank
    instructionSet = common
    ranksPerTrial = study.ranksPerTrial
    order = Placement.order(nodes: cards.map(\.node), ranksPerTrial: ranksPerTrial)
  }

  /// Each rank's host, in that order.
  var names: [String] { order.map { cards[$0].host } }

  /// Each rank's node.
  var nodes: [Int] { cards.map(\.node) }

  /// Number of nodes.
  var count: Int { Set(nodes).count }

  /// Ranks of the smallest node.
  var ranksPerNode: Int {
    Dictionary(grouping: nodes, by: { $0 }).values.map(\.count).min() ?? 1
  }

  /// Ranks of this rank's node.
  var ranksHere: Int { cards.count { $0.node == cards[rank].node } }

  /// What a user should know of a job on several hosts.
  var notes: [String] {
    var notes: [String] = []
    let sets = Dictionary(grouping: cards, by: \.instructionSet)
    if sets.count > 1 {
      let hosts = sets.sorted { $0.key < $1.key }
        .map { "\($0.key) on \(Set($0.value.map(\.host)).sorted().joined(separator: ", "))" }
      notes.append(
        "instruction sets differ (\(hosts.joined(separator: "; "))): all compute with "
          + "\(instructionSet.rawValue), so that results don't depend on where a trial runs")
    }
    let spanning = Placement.spanning(order, nodes: nodes, ranksPerTrial: ranksPerTrial)
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
  func here<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as MPIError where error.code != 0 {
      throw error
    } catch  where count > 1 {
      let failure = Failure(error)
      throw Job.AgreedFailure(
        description: "on \(HostName.own): \(failure.message)",
        exitCode: ExitCode(rawValue: failure.code) ?? .bug)
    }
  }
}
