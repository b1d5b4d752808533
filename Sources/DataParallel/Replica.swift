import Cluster
import Experiments
import Health
import MPI
import NeuralNet

/// How a group on several hosts trains.
package struct HostChoice: Sendable {
  /// For tests: ranks of the same color count as one host; nil asks the machine.
  package var color: Int?
  /// Whether a batch's values travel while the passes go on.
  package var overlaps: Bool

  /// As the machine is, with the passes.
  package init(color: Int? = nil, overlaps: Bool = true) {
    self.color = color
    self.overlaps = overlaps
  }
}

/// One rank's copy of the network and what keeps it equal to the others'.
package final class Replica {
  package let network: Network
  /// Takes the steps; of the kind that the network has slots for.
  package var optimizer: any Optimizer
  let group: Communicator
  let exchange: any GradientUpdate
  private let sums: RankSums
  /// The observers' sums, block by block of this rank's evaluation.
  var observedSums: [Double] = []
  let heartbeat: Heartbeat

  /// A rank's copy, with the weights of the group's first rank; collective over the group.
  /// - Parameters:
  ///   - batch: the most samples of a global batch.
  ///   - atOnce: the most samples of an evaluation's pass.
  /// - Throws: `MPIError`.
  package init(
    _ spec: NetworkSpec, batch: Int, atOnce: Int = EvaluationBlock.samples, seed: UInt64,
    optimizer: any Optimizer = Adam(), on context: RankContext,
    exchange: GradientExchange = .sharded, hosts: HostChoice = HostChoice()
  ) throws {
    let group = context.group
    let share = Team.share(of: batch, rank: 0, ranks: group.size).count
    let capacity = max(share, atOnce, EvaluationBlock.samples)
    var compute = context.compute
    self.group = group
    self.optimizer = optimizer
    heartbeat = context.heartbeat
    var team: TeamUpdate?
    if exchange == .sharded, group.size > 1 {
      team = try TeamUpdate(group: group, batch: batch, hosts: hosts)
    }
    sums = RankSums(group, order: team?.order ?? Array(0..<group.size))
    if group.size > 1 { compute.reduction = sums.add }
    network = try Network(
      spec, capacity: capacity, seed: seed, optimizer: type(of: optimizer), compute: compute,
      batch: batch, memory: team?.parameterMemory, team: team?.team)
    if let team {
      try team.prepare(network)
      self.exchange = team
    } else {
      self.exchange =
        exchange == .sharded ? LoneUpdate() : AllreduceUpdate(group: group)
    }
    if group.size > 1 {
      try group.broadcast(network.arena.parameters.elements, root: 0)
    }
  }

  /// Bytes of shared memory that a group's copies of a network take, on a host with `ranksHere` of its ranks.
  package static func sharedBytes(
    _ cost: ModelCost, slots: Int, batch: Int, ranks: Int, ranksHere: Int
  ) -> Int {
    MemoryLayout<Float>.stride
      * (SharedArena.length(ranks: ranksHere, parameters: cost.arenaFloats, slots: slots)
        + TeamUpdate.batchFloats(cost, batch: batch, ranks: ranks))
  }

  /// Gives shared memory back; collective. The replica can't be used afterwards.
  /// - Throws: `MPIError`.
  package func free() throws { try exchange.free() }

  /// The step on whatever gradients the arena holds, by an allreduce; `step` counts from 1. For benchmarks.
  func update(step: Int) throws {
    let part = BatchPart(batch: 1, share: exchange.share(of: 1), loss: 0, correct: 0)
    _ = try exchange.apply(
      network.step(optimizer, number: step), part, StepTotals(), to: network, heartbeat: heartbeat)
  }

  /// Gives the first rank's parameters and slots to all; collective.
  package func shareState() throws {
    try exchange.shareState(network)
    if network.arena.state.count > 0 {
      try group.broadcast(network.arena.state.elements, root: 0)
    }
  }

  /// Whether the first rank has the whole state only after `gatherState`.
  var gathersState: Bool { exchange.gathersState }

  /// Gives the first rank what a checkpoint keeps; collective.
  func gatherState() throws { try exchange.gatherState(network) }

  /// What a rank wants to happen after a step; one that wants it is enough.
  package struct Votes {
    package var stop = false
    package var checkpoint = false

    package init(stop: Bool = false, checkpoint: Bool = false) {
      self.stop = stop
      self.checkpoint = checkpoint
    }
  }

  /// What all ranks know of a step.
  package struct StepReport {
    package let loss: Float
    package let correct: Float
    package let areGradientsFinite: Bool
    package let votes: Votes
  }

  /// One training step on a global batch: this rank's slice forward and backward, the gradients
  /// averaged over the group, the optimizer's step.
  /// - Parameters:
  ///   - batch: the samples of the whole global batch, the same on every rank.
  ///   - step: how many steps were taken before.
  ///   - votes: what this rank wants.
  /// - Throws: `ReplicaMismatch` on every rank, where the replicas were seen to differ; `MPIError`.
  package func step(
    samples: SampleSet, batch: UnsafeBufferPointer<UInt32>, step: Int, votes: Votes = Votes()
  ) throws -> StepReport {
    heartbeat.beat(.gradients, step: step + 1)
    let optimizerStep = network.step(optimizer, number: step + 1)
    let part = try gradients(
      samples: samples, batch: batch, step: step, fused: exchange.fusedStep(optimizerStep))
    var told = StepTotals()
    told[.correct] = Float(part.correct)
    told[.stop] = votes.stop ? 1 : 0
    told[.checkpoint] = votes.checkpoint ? 1 : 0
    let met = try recorded(
      network.compute.recorder, "exchange and \(type(of: optimizer).name)",
      bytes: exchange.bytes(network)
    ) {
      try exchange.apply(optimizerStep, part, told, to: network, heartbeat: heartbeat)
    }
    if let difference = met.difference { throw mismatch(difference, step: step + 1) }
    return StepReport(
      loss: Float(met.loss), correct: met.totals[.correct],
      areGradientsFinite: met.areGradientsFinite,
      votes: Votes(stop: met.totals[.stop] > 0, checkpoint: met.totals[.checkpoint] > 0))
  }

  /// This rank's share of a global batch forward and backward.
  func gradients(
    samples: SampleSet, batch: UnsafeBufferPointer<UInt32>, step: Int, fused: FusedStep?
  ) throws -> BatchPart {
    let share = exchange.share(of: batch.count)
    sums.batch = batch.count
    try exchange.begin(batch: batch.count, number: step + 1)
    recorded(
      network.compute.recorder, "gather", bytes: Double(5 * share.count * samples.shape.count)
    ) {
      samples.gather(UnsafeBufferPointer(rebasing: batch[share]), into: network)
    }
    let mode = PassMode.training(
      step: UInt32(truncatingIfNeeded: step), firstSlot: UInt32(share.lowerBound))
    network.forward(count: share.count, mode: mode, progress: exchange.progress)
    let loss = network.backward(
      count: share.count, globalBatch: batch.count, fused: fused, progress: exchange.progress)
    try sums.check()
    var correct = 0
    for row in 0..<share.count where network.predictions.base[row] == network.labels.base[row] {
      correct += 1
    }
    return BatchPart(batch: batch.count, share: share, loss: loss, correct: correct)
  }

  /// Throws `ReplicaMismatch`, on every rank of the group, if the replicas' bits differ after a step.
  package func check(step: Int) throws {
    guard group.size > 1 else { return }
    heartbeat.beat(.comparison, step: step)
    if let difference = try exchange.pendingDifference() {
      throw mismatch(difference, step: step)
    }
    let views = network.arena.tensors.map(\.view)
    let hashes = try group.allgather(network.arena.hashes())
    for (index, view) in views.enumerated() {
      let ofRanks = (0..<group.size).map { hashes[$0 * views.count + index] }
      guard let wrong = Self.minority(ofRanks) else { continue }
      throw ReplicaMismatch(ranks: wrong, groupSize: group.size, step: step, tensor: view.name)
    }
  }

  private func mismatch(_ difference: ReplicaDifference, step: Int) -> ReplicaMismatch {
    ReplicaMismatch(
      ranks: difference.ranks, groupSize: group.size, step: step,
      tensor: network.arena.view(at: difference.place).name)
  }

  /// The ranks whose value isn't the one of most ranks; nil where all are equal. In a tie whoever
  /// agrees with the first rank is right.
  private static func minority(_ values: [UInt64]) -> [Int]? {
    let counts = Dictionary(values.map { ($0, 1) }, uniquingKeysWith: +)
    guard counts.count > 1 else { return nil }
    let most = counts.values.max() ?? 0
    let right = values.first { counts[$0] == most }
    return values.indices.filter { values[$0] != right }
  }
}

/// A rank's part of a global batch, after its backward pass.
struct BatchPart {
  /// Samples of the batch, and which of them are this rank's.
  let batch: Int
  let share: Range<Int>
  /// The share's summed loss, and its number of correct predictions.
  let loss: Double
  let correct: Int
}

/// Adds up what layers sum over the samples of a batch over a group's ranks, in the samples' order: all get
/// the same bits, for any number of ranks. The layers' passes don't throw; what went wrong in one is thrown
/// after it.
final class RankSums {
  private let group: Communicator
  /// The group's ranks in the order of their shares.
  private let order: [Int]
  private var failure: (any Error)?
  /// Every rank's values; grows in the first step alone.
  private var room = AlignedBuffer<Double>(count: 0)
  private var tree = ShardTree()
  private let nodes: RankNodes
  /// Samples of the global batch.
  var batch = 0

  init(_ group: Communicator, order: [Int]) {
    self.group = group
    self.order = order
    nodes = RankNodes(ranks: order.count)
  }

  func add(_ values: UnsafeMutableBufferPointer<Double>, width: Int) {
    guard failure == nil else { return }
    do {
      // Every rank's slots, and behind them room to add them up in.
      let count = values.count
      let slots = ShardTree.slots(shards: batch / ShardTree.samples + 1) * width
      if room.count < count * group.size + slots {
        room = AlignedBuffer(count: count * group.size + slots)
      }
      let all = UnsafeMutableBufferPointer(rebasing: room.elements[..<(count * group.size)])
      _ = UnsafeMutableBufferPointer(rebasing: all[group.rank * count..<(group.rank + 1) * count])
        .update(fromContentsOf: values)
      try group.allgather(inPlace: all)
      let totals = room.base + all.count
      func merge(_ slot: Int) {
        let to = totals + slot * width
        for index in 0..<width { to[index] += to[width + index] }
      }
      tree.reset()
      for (rank, nodes) in zip(order, nodes[batch]) {
        for (slot, node) in nodes.enumerated() {
          let from = room.base + rank * count + slot * width
          (totals + tree.nodes.count * width).update(from: from, count: width)
          tree.push(node, merge: merge)
        }
      }
      tree.finish(merge: merge)
      values.baseAddress?.update(from: totals, count: width)
    } catch {
      failure = error
    }
  }

  func check() throws {
    if let failure { throw failure }
  }
}
