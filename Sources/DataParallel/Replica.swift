import Cluster
import Datasets
import Experiments
import Health
import MPI
import NeuralNet

/// How a group on several hosts exchanges its gradients.
package struct HostChoice: Sendable {
  /// For tests: ranks of the same color count as one host; nil asks the machine.
  package var color: Int?
  /// Whether gradients travel while the backward pass goes on.
  package var overlaps: Bool

  /// As the machine is, with the backward pass.
  package init(color: Int? = nil, overlaps: Bool = true) {
    self.color = color
    self.overlaps = overlaps
  }
}

/// One rank's copy of the network and what keeps it equal to the others'.
///
/// The gradients' buffer ends in a few floats that travel with every exchange: the batch's summed
/// loss, its number of correct predictions, and a vote to stop. So every rank knows them after each
/// step without a message of its own, and all agree.
package final class Replica {
  package let network: Network
  /// Takes the steps; of the kind that the network has slots for.
  package var optimizer: any Optimizer
  let group: Communicator
  private let exchange: any GradientUpdate
  let sums: RankSums
  let heartbeat: Heartbeat

  /// A rank's copy, with the weights of the group's first rank; collective over the group.
  /// - Throws: `MPIError`.
  package init(
    _ spec: NetworkSpec, capacity: Int, seed: UInt64, optimizer: any Optimizer = Adam(),
    on context: RankContext, exchange: GradientExchange = .sharded,
    hosts: HostChoice = HostChoice()
  ) throws {
    let group = context.group
    sums = RankSums(group)
    var compute = context.compute
    if group.size > 1 { compute.reduction = sums.add }
    self.group = group
    self.optimizer = optimizer
    heartbeat = context.heartbeat
    var shared: (any GradientUpdate)?
    let isShared = exchange == .sharded && group.size > 1
    network = try Network(
      spec, capacity: capacity, seed: seed, optimizer: type(of: optimizer),
      compute: compute,
      memory: !isShared
        ? nil
        : { parameters, gradients, slots in
          let layout = try HostLayout(group, color: hosts.color)
          if layout.hosts == 1 {
            try layout.local.free()
            let update = try SharedMemoryUpdate(
              group: group, parameters: parameters, gradients: gradients, slots: slots)
            shared = update
            return update.memory
          }
          let update = try HierarchicalUpdate(
            group: group, layout: layout, parameters: parameters, gradients: gradients,
            slots: slots, instructionSet: context.compute.instructionSet, overlaps: hosts.overlaps)
          shared = update
          return update.memory
        })
    if let shared {
      self.exchange = shared
    } else if exchange == .sharded {
      self.exchange = LoneUpdate()
    } else {
      self.exchange = AllreduceUpdate(group: group)
    }
    if group.size > 1 {
      try group.broadcast(network.arena.parameters.elements, root: 0)
    }
  }

  /// Bytes of shared memory that a group's copies of a network take, on a host with this many of its ranks.
  package static func sharedBytes(ranks: Int, parameters: Int, slots: Int) -> Int {
    // The gradients end in a few floats more, for which there is room in a page.
    let tail = GradientTail.findings + 2 * GradientTail.findingsLength
    return MemoryLayout<Float>.stride
      * SharedArena.length(
        ranks: ranks, parameters: parameters, gradients: parameters + tail,
        slots: slots)
  }

  /// Gives shared memory back; collective. The replica can't be used afterwards.
  /// - Throws: `MPIError`.
  package func free() throws { try exchange.free() }

  /// From every rank's gradients to the new parameters on all; `step` counts from 1.
  @discardableResult
  func update(step: Int) throws -> UpdateReport {
    try update(network.step(optimizer, number: step))
  }

  private func update(_ step: OptimizerStep) throws -> UpdateReport {
    try exchange.apply(step, to: network, heartbeat: heartbeat)
  }

  /// Gives the first rank's parameters and slots to all; collective.
  package func shareState() throws {
    try exchange.shareState(network)
    if network.arena.state.count > 0 {
      try group.broadcast(network.arena.state.elements, root: 0)
    }
  }

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

  /// One training step on a global batch: this rank's slice forward and backward, the gradients' sum
  /// over the group, the optimizer's step.
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
    try exchange.begin(network, optimizerStep)
    let slice = Shard.range(count: batch.count, rank: group.rank, ranks: group.size)
    recorded(
      network.compute.recorder, "gather", bytes: Double(5 * slice.count * samples.shape.count)
    ) {
      samples.gather(UnsafeBufferPointer(rebasing: batch[slice]), into: network)
    }
    let (loss, correct) = network.gradients(
      count: slice.count, step: UInt32(truncatingIfNeeded: step),
      firstSlot: UInt32(slice.lowerBound), globalBatch: batch.count,
      fused: exchange.fusedStep(optimizerStep), ready: exchange.gradientsReady)
    try sums.check()
    // The tail is added up with the gradients.
    let tail = network.arena.gradientTail
    tail[GradientTail.loss] = Float(loss)
    tail[GradientTail.correct] = Float(correct)
    tail[GradientTail.stop] = votes.stop ? 1 : 0
    tail[GradientTail.checkpoint] = votes.checkpoint ? 1 : 0
    let met = try recorded(
      network.compute.recorder, "exchange and \(type(of: optimizer).name)",
      bytes: exchange.bytes(network)
    ) {
      try update(optimizerStep)
    }
    if let difference = met.difference { throw mismatch(difference, step: step + 1) }
    return StepReport(
      loss: tail[GradientTail.loss], correct: tail[GradientTail.correct],
      areGradientsFinite: met.areGradientsFinite,
      votes: Votes(stop: tail[GradientTail.stop] > 0, checkpoint: tail[GradientTail.checkpoint] > 0)
    )
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

/// Adds up what layers sum over the samples of a batch over a group's ranks, in their order: all get the
/// same bits. The layers' passes don't throw; what went wrong in one is thrown after it.
final class RankSums {
  private let group: Communicator
  private var failure: (any Error)?
  /// Every rank's values; grows in the first step alone.
  private var room = AlignedBuffer<Double>(count: 0)

  init(_ group: Communicator) { self.group = group }

  func add(_ values: UnsafeMutableBufferPointer<Double>) {
    guard failure == nil else { return }
    do {
      let count = values.count
      if room.count < count * group.size { room = AlignedBuffer(count: count * group.size) }
      let all = UnsafeMutableBufferPointer(start: room.base, count: count * group.size)
      _ = UnsafeMutableBufferPointer(rebasing: all[group.rank * count..<(group.rank + 1) * count])
        .update(fromContentsOf: values)
      try group.allgather(inPlace: all)
      for index in values.indices {
        values[index] = stride(from: index, to: all.count, by: values.count)
          .reduce(0) { $0 + all[$1] }
      }
    } catch {
      failure = error
    }
  }

  func check() throws {
    if let failure { throw failure }
  }
}

extension Network {
  /// Forward and backward over the first `count` samples of the input, which may be none.
  /// - Returns: the summed loss and the number of correct predictions.
  func gradients(
    count: Int, step: UInt32, firstSlot: UInt32, globalBatch: Int, fused: FusedStep? = nil,
    ready: ((Int) -> Void)? = nil
  ) -> (loss: Double, correct: Int) {
    forward(count: count, mode: .training(step: step, firstSlot: firstSlot))
    let loss = backward(count: count, globalBatch: globalBatch, fused: fused, ready: ready)
    var correct = 0
    for row in 0..<count where predictions.base[row] == labels.base[row] { correct += 1 }
    return (loss, correct)
  }
}
