import Cluster
import Health
import MPI
import Models
import NeuralNet

/// The exchange of a group: ranks share what the samples of a batch left, and each computes a part of the
/// gradients over all samples, in one order, and takes the step there. So every parameter gets the bits that
/// one rank would give it, whatever the number of ranks and hosts.
///
/// On a host the activations and their gradients are in shared memory, and so are the parameters of all
/// replicas: two barriers a step, no copies in between. Before a parameter is written its values in all
/// replicas of the host are compared: a corrupted replica is detected in the next step. Between hosts
/// `HostMessages` carries activations and gradients during the passes, and new parameters after them.
package final class TeamUpdate: GradientUpdate {
  private let group: Communicator
  private let layout: HostLayout
  /// The group's ranks in the order of their shares: host by host.
  let order: [Int]
  /// This rank's place there.
  private let place: Int
  private let batch: Int
  private let overlaps: Bool
  private var arena: SharedArena?
  private var window: SharedWindow<Float>?
  private var board: TeamBoard?
  private var messages: HostMessages?
  private var ownShare: TeamShare?
  private let findings = AlignedBuffer<StepFindings>(count: 1)
  private var number = 0
  /// What failed within a pass, which can't throw.
  private var failure: (any Error)?
  /// Seen in the last step, and not yet told.
  private var seen: Disagreement?

  /// Collective over the group.
  /// - Parameter batch: the most samples of a global batch.
  init(group: Communicator, batch: Int, hosts: HostChoice) throws {
    self.group = group
    self.batch = batch
    overlaps = hosts.overlaps
    layout = try HostLayout(group, color: hosts.color)
    let places = try group.allgather([Int64(layout.index), Int64(layout.local.rank)])
    order = (0..<group.size).sorted {
      (places[2 * $0], places[2 * $0 + 1]) < (places[2 * $1], places[2 * $1 + 1])
    }
    place = order.firstIndex(of: group.rank) ?? 0
  }

  /// The replicas' parameters, and a host's slots.
  private(set) lazy var parameterMemory: ParameterArena.MemorySource = { [unowned self] in
    let arena = try SharedArena(
      local: layout.local, parameters: $0, slots: $1,
      touched: Slices.range(rank: place, ranks: group.size, count: $0))
    self.arena = arena
    return arena.memory
  }

  private(set) lazy var team = Team(rank: place, ranks: group.size, batch: batch) {
    [unowned self] floats in
    let board = TeamBoard(ranks: group.size)
    let window = try SharedArena.window(floats + board.count, on: layout.local)
    self.window = window
    let base = SharedArena.aligned(window)
    board.base = base + floats
    self.board = board
    return AlignedBuffer(base, count: floats, owner: window)
  }

  /// An upper bound of the floats that a host's ranks share of a global batch.
  package static func batchFloats(_ cost: ModelCost, batch: Int, ranks: Int) -> Int {
    let shards = ShardTree.shards(of: Team.share(of: batch, rank: 0, ranks: ranks)).count
    return cost.sharedValues * batch + 2 * batch + 16
      + ranks * (ShardTree.slots(shards: shards) * cost.smallParameters + TeamBoard.length)
      + SharedArena.page
  }

  /// Called once with the network that has this memory; collective.
  func prepare(_ network: Network) throws {
    ownShare = share(of: place, network)
    guard layout.hosts > 1, let arena, let board else { return }
    let hosts = try group.allgather([Int64(layout.index)])
    messages = try HostMessages(
      group: group, order: order, place: place, hostOf: order.map { Int(hosts[$0]) },
      network: network, shares: order.indices.map { share(of: $0, network) },
      replicas: arena.parameters, board: board)
  }

  /// A rank's share of the parameters; between hosts in parts that travel while the next is computed.
  private func share(of place: Int, _ network: Network) -> TeamShare {
    network.share(of: place, most: layout.hosts > 1 ? 1 << 16 : .max)
  }

  func share(of batch: Int) -> Range<Int> {
    Team.share(of: batch, rank: place, ranks: group.size)
  }

  // MARK: - A step

  func begin(batch: Int, number: Int) throws {
    self.number = number
    try messages?.begin(batch: batch)
  }

  private(set) lazy var progress: Network.Progress? =
    layout.hosts == 1
    ? nil
    : { [unowned self] filled in
      // The passes can't throw; `apply` does, afterwards.
      do {
        if failure == nil {
          if overlaps { try messages?.advance(filled: filled) }
        }
      } catch { failure = error }
    }

  /// Waits until all that the group knows of a batch is in this host's memory.
  private func meet(_ part: BatchPart, _ told: StepTotals, _ network: Network) throws {
    if let failure { throw failure }
    guard let arena, let board else { preconditionFailure("a team that was not prepared") }
    network.publishLosses(count: part.share.count, firstSlot: part.share.lowerBound)
    board.tell(told, rank: place)
    try messages?.meet()
    try arena.synchronise()
  }

  func apply(
    _ step: OptimizerStep, _ part: BatchPart, _ told: StepTotals, to network: Network,
    heartbeat: Heartbeat
  ) throws -> UpdateReport {
    guard let arena, let board, let ownShare else {
      preconditionFailure("a team that was not prepared")
    }
    heartbeat.beat(.exchange, step: step.number)
    findings.base.pointee = StepFindings()
    var told = told
    told[.difference] = seen == nil ? 0 : 1
    try meet(part, told, network)
    heartbeat.beat(.update, step: step.number)
    try messages?.beginParameters(step: step.number)
    var broken: (any Error)?
    network.update(
      ownShare, step, batch: part.batch, replicas: arena.parameters, findings: findings.base
    ) { range in
      do { if broken == nil { try messages?.isUpdated(range) } } catch { broken = error }
    }
    if let broken { throw broken }
    let loss = network.loss(ofBatch: part.batch)
    let totals = board.totals()
    board.tell(findings.base.pointee, rank: place, step: step.number)
    try messages?.finish()
    heartbeat.beat(.agreement, step: step.number)
    // No rank may change activations or read parameters before all are done.
    try arena.synchronise()
    var report = UpdateReport(
      loss: loss, totals: totals, areGradientsFinite: board.areGradientsFinite(step: step.number))
    if let messages {
      // Between hosts a difference is told with the next step.
      if totals[.difference] > 0 { report.difference = try agreedDifference() }
      seen = found(by: place) ?? messages.disagreement()
    } else if let first = (0..<group.size).lazy.compactMap({ self.found(by: $0) }).first {
      report.difference = decided([first])
    }
    return report
  }

  func addUp(_ part: BatchPart, of network: Network) throws {
    guard let arena, let ownShare else { preconditionFailure("a team that was not prepared") }
    try meet(part, StepTotals(), network)
    network.arena.gradients.update(repeating: 0)
    network.gradients(ownShare, batch: part.batch)
    try messages?.settle()
    try arena.synchronise()
    // Each value is one rank's, and zero elsewhere.
    try group.allreduce(inPlace: network.arena.gradients, .sum)
  }

  // MARK: - Differences

  func pendingDifference() throws -> ReplicaDifference? {
    guard messages != nil else { return nil }
    let isSeen = try group.allreduce(Int64(seen == nil ? 0 : 1), .max)
    return isSeen > 0 ? try agreedDifference() : nil
  }

  /// What most ranks hold against the others in the first place where any differ, on all ranks; collective.
  private func agreedDifference() throws -> ReplicaDifference? {
    let own = seen.map { [$0.place, $0.owner, $0.rank, $0.count] } ?? [-1, 0, 0, 0]
    let all = try group.allgather(own.map(Int64.init)).map(Int.init)
    return decided(
      stride(from: 0, to: all.count, by: 4).filter { all[$0] >= 0 }.map {
        Disagreement(place: all[$0], owner: all[$0 + 1], rank: all[$0 + 2], count: all[$0 + 3])
      })
  }

  /// What a rank found when it compared its host's replicas in the last step.
  private func found(by place: Int) -> Disagreement? {
    guard let found = board?.difference(of: place, step: number) else { return nil }
    let first = self.place - layout.local.rank
    let rank = order[first + (place - first + found.replica) % layout.local.size]
    return Disagreement(place: found.place, owner: place, rank: rank, count: found.count)
  }

  /// Who is wrong: those who differ from an owner, unless they are the most.
  private func decided(_ found: [Disagreement]) -> ReplicaDifference? {
    guard let first = found.min(by: { ($0.owner, $0.place) < ($1.owner, $1.place) }) else {
      return nil
    }
    let same = found.filter { $0.owner == first.owner }
    let ranks = Set(same.map(\.rank)).sorted()
    let against = 2 * same.reduce(0) { $0 + $1.count }
    // In a tie whoever agrees with the first rank is right.
    let isOwner = against > group.size || (against == group.size && ranks.contains(order[0]))
    let place = same.map(\.place).max() ?? first.place
    return ReplicaDifference(place: place, ranks: isOwner ? [order[first.owner]] : ranks)
  }

  // MARK: - State

  func shareState(_ network: Network) throws {
    guard let arena else { return }
    try arena.synchronise()
    if layout.hosts > 1 {
      let column = try layout.column(of: group)
      if layout.local.rank == 0, let column {
        for buffer in network.arena.slots { try column.broadcast(buffer.elements, root: 0) }
      }
      try column?.free()
    }
    try group.broadcast(network.arena.parameters.elements, root: 0)
    try arena.synchronise()
  }

  /// A host's slots are up to date where its ranks take the steps.
  var gathersState: Bool { layout.hosts > 1 }

  func gatherState(_ network: Network) throws {
    guard gathersState else { return }
    let tag = HostMessages.firstFreeTag
    let host = try group.broadcast(Int64(layout.index), root: 0)
    let hosts = try group.allgather([Int64(layout.index)])
    func parts(_ ranges: [Range<Int>]) -> [UnsafeMutableBufferPointer<Float>] {
      network.arena.slots.flatMap { slot in
        ranges.map { UnsafeMutableBufferPointer(rebasing: slot.elements[$0]) }
      }
    }
    if group.rank == 0 {
      for (number, rank) in order.enumerated() where hosts[rank] != host {
        for part in parts(share(of: number, network).ranges) {
          _ = try group.receive(into: part, from: rank, tag: tag)
        }
      }
    } else if layout.index != Int(host) {
      for part in parts(ownShare?.ranges ?? []) {
        try group.send(UnsafeBufferPointer(part), to: 0, tag: tag)
      }
    }
    try arena?.synchronise()
  }

  /// For this rank's share: parameter, slots in and out, the replicas out.
  func bytes(_ network: Network) -> Double {
    let own = ownShare?.ranges.reduce(0) { $0 + $1.count } ?? 0
    return Double(4 * (1 + 2 * network.arena.slots.count + layout.local.size) * own)
  }

  func free() throws {
    // Their requests must be freed before their communicator.
    messages = nil
    try window?.free()
    try arena?.free()
    try layout.local.free()
  }
}

/// A rank whose parameters differ from their owner's.
struct Disagreement {
  /// The arena's index, or that of the range in which it is.
  let place: Int
  /// The owner's place in the order of shares.
  let owner: Int
  /// The first rank of the group that differs, and how many are known here to do so.
  let rank: Int
  let count: Int
}

/// The division of the parameters among a group's ranks, for the placement of memory.
enum Slices {
  /// Returns a rank's slice; all but the last have the same length, a multiple of 16.
  static func range(rank: Int, ranks: Int, count: Int) -> Range<Int> {
    let length = ((count + ranks - 1) / ranks + 15) / 16 * 16
    return min(count, rank * length)..<min(count, (rank + 1) * length)
  }
}
