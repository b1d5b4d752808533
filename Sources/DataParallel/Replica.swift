import Datasets
import Experiments
import MPI
import NeuralNet

/// One rank's copy of the network and what keeps it equal to the others'.
///
/// The gradients' buffer ends in a few floats that travel with every exchange: the batch's summed
/// loss, its number of correct predictions, and a vote to stop. So every rank knows them after each
/// step without a message of its own, and all agree.
public final class Replica {
  /// The network.
  public let network: Network
  let group: Communicator
  private let exchange: any GradientUpdate

  /// A rank's copy, with the weights of the group's first rank; collective over the group.
  ///
  /// - Throws: `MPIError`.
  public init(
    _ spec: NetworkSpec, capacity: Int, seed: UInt64, group: Communicator,
    instructionSet: InstructionSet, precision: Precision = .float32,
    exchange: GradientExchange = .sharded
  ) throws {
    self.group = group
    let isShared = try exchange == .sharded && group.size > 1 && group.isOnOneNode()
    var shared: SharedMemoryUpdate?
    network = try Network(
      spec, capacity: capacity, seed: seed, instructionSet: instructionSet,
      precision: precision,
      memory: !isShared
        ? nil
        : { parameters, gradients in
          let update = try SharedMemoryUpdate(
            group: group, parameters: parameters, gradients: gradients)
          shared = update
          return update.memory
        })
    if let shared {
      self.exchange = shared
    } else if exchange == .sharded && group.size == 1 {
      self.exchange = LoneUpdate()
    } else {
      self.exchange = AllreduceUpdate(group: group)
    }
    if group.size > 1 {
      try group.broadcast(network.arena.parameters.elements, root: 0)
    }
  }

  /// Gives shared memory back; collective. The replica can't be used afterwards.
  ///
  /// - Throws: `MPIError`.
  public func free() throws { try exchange.free() }

  /// From every rank's gradients to the new parameters on all; `step` counts from 1.
  func update(_ adam: Adam, step: Int) throws {
    try exchange.apply(to: network, adam: adam, step: step)
  }

  /// What all ranks know of a step.
  package struct StepReport {
    package let loss: Float
    package let correct: Float
    package let stop: Bool
  }

  /// One training step on a global batch: this rank's slice forward and backward, the gradients' sum
  /// over the group, one Adam pass.
  ///
  /// - Parameters:
  ///   - batch: the samples of the whole global batch, the same on every rank.
  ///   - step: how many steps were taken before.
  ///   - stop: this rank's vote to stop.
  package func step(
    samples: SampleSet, batch: UnsafeBufferPointer<UInt32>, step: Int, adam: Adam, stop: Bool
  ) throws -> StepReport {
    let slice = Shard.range(count: batch.count, rank: group.rank, ranks: group.size)
    recorded(network.recorder, "gather", bytes: Double(5 * slice.count * samples.shape.count)) {
      samples.gather(UnsafeBufferPointer(rebasing: batch[slice]), into: network)
    }
    let (loss, correct) = network.gradients(
      count: slice.count, step: UInt32(truncatingIfNeeded: step),
      firstSlot: UInt32(slice.lowerBound), globalBatch: batch.count,
      fused: exchange.fusedStep(adam, step: step + 1))
    // The tail is added up with the gradients.
    let tail = network.arena.gradientTail
    tail[0] = Float(loss)
    tail[1] = Float(correct)
    tail[2] = stop ? 1 : 0
    try recorded(network.recorder, "exchange and adam", bytes: exchange.bytes(network)) {
      try update(adam, step: step + 1)
    }
    return StepReport(loss: tail[0], correct: tail[1], stop: tail[2] > 0)
  }

  /// Throws `ReplicaMismatch`, on every rank of the group, if the replicas' bits differ.
  package func check(epoch: Int) throws {
    guard group.size > 1 else { return }
    let hashes = try group.allgather([network.arena.hash()])
    let counts = Dictionary(hashes.map { ($0, 1) }, uniquingKeysWith: +)
    guard counts.count > 1 else { return }
    // The majority is right; in a tie, whoever agrees with the first rank.
    let most = counts.values.max() ?? 0
    let right = hashes.first { counts[$0] == most }
    let wrong = hashes.indices.filter { hashes[$0] != right }
    throw ReplicaMismatch(ranks: Array(wrong), epoch: epoch)
  }
}

extension Network {
  /// Forward and backward over the first `count` samples of the input, which may be none.
  ///
  /// - Returns: the summed loss and the number of correct predictions.
  func gradients(
    count: Int, step: UInt32, firstSlot: UInt32, globalBatch: Int, fused: FusedStep?
  ) -> (loss: Double, correct: Int) {
    guard count > 0 else {
      arena.gradients.update(repeating: 0)
      return (0, 0)
    }
    forward(count: count, mode: .training(step: step, firstSlot: firstSlot))
    let loss = backward(count: count, globalBatch: globalBatch, fused: fused)
    var correct = 0
    for row in 0..<count where predictions.base[row] == labels.base[row] { correct += 1 }
    return (loss, correct)
  }
}
