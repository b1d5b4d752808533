import Experiments
import Health
import MPI
import NeuralNet

/// A group's findings in a step's update; the same on every rank.
struct UpdateReport {
  /// The batch's summed loss.
  var loss: Double
  /// Over all ranks.
  var totals: StepTotals
  var areGradientsFinite: Bool
  var difference: ReplicaDifference?
}

/// A few floats that are added up over the ranks with every step, so that each knows them without a message
/// of its own, and all agree.
struct StepTotals {
  enum Place: Int {
    case correct, stop, checkpoint
    /// Whether a rank found that replicas differed in the previous step.
    case difference
  }

  var values = SIMD8<Float>.zero

  subscript(_ place: Place) -> Float {
    get { values[place.rawValue] }
    set { values[place.rawValue] = newValue }
  }
}

/// A parameter that differs between replicas.
struct ReplicaDifference {
  var place: Int
  /// Ranks of the group whose value differs from the others'.
  var ranks: [Int]
}

/// The sum of all ranks' gradients over the group and one step of the optimizer, which give the
/// same new parameters on all.
protocol GradientUpdate: AnyObject {
  /// The samples of a global batch that this rank takes.
  func share(of batch: Int) -> Range<Int>

  /// A step for the network to take itself, before `apply`, on gradients that are complete.
  func fusedStep(_ step: OptimizerStep) -> FusedStep?

  /// Starts a step or a look at the gradients, before a batch of so many samples is computed.
  func begin(batch: Int, number: Int) throws

  /// Called along the forward and the backward pass; nil if not needed.
  var progress: Network.Progress? { get }

  /// After the backward pass on this rank's part, the step; collective. The totals are those of `told`.
  func apply(
    _ step: OptimizerStep, _ part: BatchPart, _ told: StepTotals, to network: Network,
    heartbeat: Heartbeat
  ) throws -> UpdateReport

  /// After the backward pass, instead of a step: the whole batch's gradients in the arena, on all ranks;
  /// collective.
  func addUp(_ part: BatchPart, of network: Network) throws

  /// Returns a difference of replicas that `apply` would report in the next step; collective.
  func pendingDifference() throws -> ReplicaDifference?

  /// Copies the first rank's parameters and slots to all; collective.
  func shareState(_ network: Network) throws

  /// Whether the first rank has all of the optimizer's slots only after `gatherState`.
  var gathersState: Bool { get }

  /// Copies the slots to the first rank; collective.
  func gatherState(_ network: Network) throws

  /// Bytes that one rank reads and writes in a step.
  func bytes(_ network: Network) -> Double

  /// Frees shared memory; collective.
  func free() throws
}

extension GradientUpdate {
  func begin(batch: Int, number: Int) throws {}
  var progress: Network.Progress? { nil }
  func pendingDifference() throws -> ReplicaDifference? { nil }
  func fusedStep(_ step: OptimizerStep) -> FusedStep? { nil }
  var gathersState: Bool { false }
  func gatherState(_ network: Network) throws {}

  func bytes(_ network: Network) -> Double {
    network.arena.stepBytes * Double(network.arena.parameters.count)
  }
}

extension ParameterArena {
  /// Bytes per parameter and step: the gradient in, the parameter and the slots in and out.
  var stepBytes: Double { Double(4 * (3 + 2 * slots.count)) }
}

/// A group of one: no exchange, and dense layers take their step during the backward pass.
final class LoneUpdate: GradientUpdate {
  private let findings = AlignedBuffer<StepFindings>(count: 1)

  func share(of batch: Int) -> Range<Int> { 0..<batch }

  func fusedStep(_ step: OptimizerStep) -> FusedStep? {
    FusedStep(step, findings: findings.base)
  }

  func apply(
    _ step: OptimizerStep, _ part: BatchPart, _ told: StepTotals, to network: Network,
    heartbeat: Heartbeat
  ) throws -> UpdateReport {
    heartbeat.beat(.update, step: step.number)
    for range in network.unfusedRanges {
      network.apply(step, range: range, findings: findings.base)
    }
    return UpdateReport(
      loss: part.loss, totals: told,
      areGradientsFinite: findings.base.pointee.areGradientsFinite)
  }

  func addUp(_ part: BatchPart, of network: Network) throws {}

  func shareState(_ network: Network) throws {}

  func bytes(_ network: Network) -> Double {
    network.arena.stepBytes * network.unfusedRanges.reduce(0) { $0 + Double($1.count) }
  }

  func free() throws {}
}

/// One allreduce in place: 2(n − 1)/n of the gradients' bytes per link; every rank does all the
/// updates.
final class AllreduceUpdate: GradientUpdate {
  private let group: Communicator
  private let findings = AlignedBuffer<StepFindings>(count: 1)

  init(group: Communicator) { self.group = group }

  func share(of batch: Int) -> Range<Int> {
    Team.share(of: batch, rank: group.rank, ranks: group.size)
  }

  func apply(
    _ step: OptimizerStep, _ part: BatchPart, _ told: StepTotals, to network: Network,
    heartbeat: Heartbeat
  ) throws -> UpdateReport {
    heartbeat.beat(.exchange, step: step.number)
    // What is told travels behind the gradients.
    let tail = network.arena.gradientTail
    for index in 0..<8 { tail[index] = told.values[index] }
    tail[8] = Float(part.loss)
    try group.allreduce(inPlace: network.arena.gradientsWithTail, .sum)
    heartbeat.beat(.update, step: step.number)
    network.apply(step, range: 0..<network.arena.parameters.count, findings: findings.base)
    var totals = StepTotals()
    for index in 0..<8 { totals.values[index] = tail[index] }
    // The sums, and hence the findings, are the same on all ranks.
    return UpdateReport(
      loss: Double(tail[8]), totals: totals,
      areGradientsFinite: findings.base.pointee.areGradientsFinite)
  }

  func addUp(_ part: BatchPart, of network: Network) throws {
    guard group.size > 1 else { return }
    try group.allreduce(inPlace: network.arena.gradients, .sum)
  }

  func shareState(_ network: Network) throws {
    guard group.size > 1 else { return }
    for part in [network.arena.parameters] + network.arena.slots {
      try group.broadcast(part.elements, root: 0)
    }
  }

  func free() throws {}
}
