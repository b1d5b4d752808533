import Experiments
import MPI
import NeuralNet

/// From every rank's gradients to the same new parameters on all: the sum over the group, and one
/// Adam step. What stands on the gradients' tail is added up too.
protocol GradientUpdate: AnyObject {
  /// A step that the network may take by itself, before `apply`, where it finds the gradient whole.
  func fusedStep(_ adam: Adam, step: Int) -> FusedStep?

  /// Collective; `step` counts from 1. Each rank's gradients are already divided by the global
  /// batch. Afterwards every rank's tail holds the sums.
  func apply(to network: Network, adam: Adam, step: Int) throws

  /// Bytes that one rank reads and writes for it.
  func bytes(_ network: Network) -> Double

  /// Gives shared memory back; collective.
  func free() throws
}

extension GradientUpdate {
  func fusedStep(_ adam: Adam, step: Int) -> FusedStep? { nil }

  /// Adam reads four floats of each parameter and writes three.
  func bytes(_ network: Network) -> Double { Double(28 * network.arena.parameters.count) }
}

/// A group of one: nothing to exchange, and dense layers take their step during the backward pass.
final class LoneUpdate: GradientUpdate {
  func fusedStep(_ adam: Adam, step: Int) -> FusedStep? { FusedStep(adam, step: step) }

  func apply(to network: Network, adam: Adam, step: Int) throws {
    for range in network.unfusedRanges { adam.step(network, step: step, range: range) }
  }

  func bytes(_ network: Network) -> Double {
    28 * network.unfusedRanges.reduce(0) { $0 + Double($1.count) }
  }

  func free() throws {}
}

/// One allreduce in place: 2(n − 1)/n times the gradients' bytes over each link, all of the
/// optimizer's work on every rank.
final class AllreduceUpdate: GradientUpdate {
  private let group: Communicator

  init(group: Communicator) { self.group = group }

  func apply(to network: Network, adam: Adam, step: Int) throws {
    try group.allreduce(inPlace: network.arena.gradientsWithTail, .sum)
    adam.step(network, step: step)
  }

  func free() throws {}
}
