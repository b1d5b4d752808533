import Experiments
import Health
import MPI
import NeuralNet

/// What a group met in a step's update; the same on every rank.
struct UpdateReport {
  /// Whether every gradient was finite.
  var areGradientsFinite: Bool
  /// Where replicas were seen to differ, if they were.
  var difference: ReplicaDifference?
}

/// A parameter that isn't the same in all replicas.
struct ReplicaDifference {
  /// Its index in the arena.
  var place: Int
  /// Ranks of the group that hold another value than the others.
  var ranks: [Int]

  /// Whose replica is wrong, where `count` of `ranks` replicas differ from the one of `owner`, the
  /// first of them `replica` ranks behind it: the owner's, where it stands alone. Two ranks can't
  /// tell; then the first one counts as right, as where hashes are compared.
  static func wrongRank(owner: Int, count: Int, replica: Int, ranks: Int) -> Int {
    let other = (owner + replica) % ranks
    if ranks == 2 { return max(owner, other) }
    return count == ranks - 1 ? owner : other
  }
}

/// From every rank's gradients to the same new parameters on all: the sum over the group, and one
/// step of the optimizer. The first `summed` floats of the gradients' tail are added up too.
protocol GradientUpdate: AnyObject {
  /// A step that the network may take by itself, before `apply`, where it finds the gradient whole.
  func fusedStep(_ step: OptimizerStep) -> FusedStep?

  /// A step begins, before its gradients are computed.
  func begin(_ network: Network, _ step: OptimizerStep) throws

  /// To be told during the backward pass from which place of the arena on gradients are there; nil
  /// where that isn't of use.
  var gradientsReady: ((Int) -> Void)? { get }

  /// Collective. Each rank's gradients are already divided by the global
  /// batch. Afterwards every rank's tail holds the sums.
  func apply(_ step: OptimizerStep, to network: Network, heartbeat: Heartbeat) throws
    -> UpdateReport

  /// A difference between replicas that `apply` would only report with the next step; collective.
  func pendingDifference() throws -> ReplicaDifference?

  /// Gives the first rank's parameters and slots to all; collective.
  func shareState(_ network: Network) throws

  /// Bytes that one rank reads and writes for it.
  func bytes(_ network: Network) -> Double

  /// Gives shared memory back; collective.
  func free() throws
}

/// The floats behind the gradients: the first ones are added up over the group.
enum GradientTail {
  static let loss = 0
  static let correct = 1
  static let stop = 2
  static let checkpoint = 3
  /// Whether a rank saw replicas differ in the step before.
  static let difference = 4
  static let summed = 8
  /// From here on, two parts in turn for what the update itself has to say.
  static let findings = 8
  static let findingsLength = 4
}

extension GradientUpdate {
  func begin(_ network: Network, _ step: OptimizerStep) throws {}
  var gradientsReady: ((Int) -> Void)? { nil }
  func pendingDifference() throws -> ReplicaDifference? { nil }
  func fusedStep(_ step: OptimizerStep) -> FusedStep? { nil }

  func bytes(_ network: Network) -> Double {
    network.arena.stepBytes * Double(network.arena.parameters.count)
  }
}

extension ParameterArena {
  /// What a step reads and writes of each parameter: its gradient in, itself and the slots in and out.
  var stepBytes: Double { Double(4 * (3 + 2 * slots.count)) }
}

/// A group of one: nothing to exchange, and dense layers take their step during the backward pass.
final class LoneUpdate: GradientUpdate {
  private let findings = AlignedBuffer<StepFindings>(count: 1)

  func fusedStep(_ step: OptimizerStep) -> FusedStep? {
    FusedStep(step, findings: findings.base)
  }

  func apply(_ step: OptimizerStep, to network: Network, heartbeat: Heartbeat) throws
    -> UpdateReport
  {
    heartbeat.beat(.update, step: step.number)
    for range in network.unfusedRanges {
      network.apply(step, range: range, findings: findings.base)
    }
    return UpdateReport(areGradientsFinite: findings.base.pointee.areGradientsFinite)
  }

  func shareState(_ network: Network) throws {}

  func bytes(_ network: Network) -> Double {
    network.arena.stepBytes * network.unfusedRanges.reduce(0) { $0 + Double($1.count) }
  }

  func free() throws {}
}

/// One allreduce in place: 2(n − 1)/n times the gradients' bytes over each link, all of the
/// optimizer's work on every rank.
final class AllreduceUpdate: GradientUpdate {
  private let group: Communicator
  private let findings = AlignedBuffer<StepFindings>(count: 1)

  init(group: Communicator) { self.group = group }

  func apply(_ step: OptimizerStep, to network: Network, heartbeat: Heartbeat) throws
    -> UpdateReport
  {
    heartbeat.beat(.exchange, step: step.number)
    try group.allreduce(inPlace: network.arena.gradientsWithTail, .sum)
    heartbeat.beat(.update, step: step.number)
    network.apply(step, range: 0..<network.arena.parameters.count, findings: findings.base)
    // The sums are the same on all ranks, and so is what is met in them.
    return UpdateReport(areGradientsFinite: findings.base.pointee.areGradientsFinite)
  }

  func shareState(_ network: Network) throws {
    guard group.size > 1 else { return }
    for part in [network.arena.parameters] + network.arena.slots {
      try group.broadcast(part.elements, root: 0)
    }
  }

  func free() throws {}
}
