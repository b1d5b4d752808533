import Experiments
import Health
import MPI
import NeuralNet

/// One rank's part in a group, and how it computes.
package struct RankContext {
  package var group: Communicator
  package var compute: Compute
  package var heartbeat: Heartbeat

  /// This rank of a group; by default nobody reads the heartbeat.
  package init(
    _ group: Communicator, compute: Compute = Compute(), heartbeat: Heartbeat = Heartbeat()
  ) {
    self.group = group
    self.compute = compute
    self.heartbeat = heartbeat
  }

  /// The context with a trial's number format.
  func computing(_ trial: Trial) -> RankContext {
    var context = self
    context.compute.precision = trial.training.precision == .bf16 ? .bfloat16 : .float32
    return context
  }
}
