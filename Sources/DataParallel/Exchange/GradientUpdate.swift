import Experiments
import Health
import MPI
import NeuralNet

/// A group's findings in a step's update; the same on every rank.
struct UpdateReport {
  var areGradientsFinite: Bool
  var difference: ReplicaDifference?
}

/// A parameter that differs between replicas.
struct ReplicaDifference {
  var place: Int
  /// Ranks of the group whose value differs from the others'.
  var ranks: [Int]

  /// Returns the rank with the wrong replica, if `count` of `ranks` replicas differ from the one of
  /// `owner`, the first of them `replica` ranks after it: the owner's if it stands alone. Two ranks
  /// can't decide; then the first counts as right, as in the comparison of hashes.
  static func wrongRank(owner: Int, count: Int, replica: Int, ranks: Int) -> Int {
    let other = (owner + replica) % ranks
    if ranks == 2 { return max(owner, other) }
    return count == ranks - 1 ? owner : other
  }
}

/// The sum of all ranks' gradients over the group and one step of the optimizer, which give the
/// same new parameters on all. The first `summed` floats of the gradients' tail are summed too.
protocol GradientUpdate: AnyObject {
  /// A step for the network to take itself, before `apply`, on gradients that are complete.
  func fusedStep(_ step: OptimizerStep) -> FusedStep?

  /// Starts a step, before its gradients are computed.
  func begin(_ network: Network, _ step: OptimizerStep) throws

  /// Called in the backward pass with the arena offset from which gradients are ready; nil if not
  /// needed.
  var gradientsReady: ((Int) -> Void)? { get }

  /// Collective. Gradients come divided by the global batch; afterwards each tail holds the sums.
  func apply(_ step: OptimizerStep, to network: Network, heartbeat: Heartbeat) throws
    -> UpdateReport

  /// Returns a difference of replicas that `apply` would report in the next step; collective.
  func pendingDifference() throws -> ReplicaDifference?

  /// Copies the first rank's parameters and slots to all; collective.
  func shareState(_ network: Network) throws

  /// Bytes that one rank reads and writes in a step.
  func bytes(_ network: Network) -> Double

  /// Frees shared memory; collective.
  func free() throws
}

/// The floats after the gradients; the first ones are summed over the group.
enum GradientTail {
  static let loss = 0
  static let correct = 1
  static let stop = 2
  static let checkpoint = 3
  /// Whether a rank found that replicas differed in the previous step.
  static let difference = 4
  static let summed = 8
  /// From here on, two alternating parts for the update's own findings.
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
  /// Bytes per parameter and step: the gradient in, the parameter and the slots in and out.
  var stepBytes: Double { Double(4 * (3 + 2 * slots.count)) }
}

/// A group of one: no exchange, and dense layers take their step during the backward pass.
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

/// One allreduce in place: 2(n − 1)/n of the gradients' bytes per link; every rank does all the
/// updates.
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
    // The sums, and hence the findings, are the same on all ranks.
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
