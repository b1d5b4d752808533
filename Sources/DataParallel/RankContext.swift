import Experiments
import Health
import MPI
import NeuralNet

/// What a rank trains with.
public struct RankContext {
  /// The ranks that train together.
  public var group: Communicator
  /// What their networks are computed with.
  public var compute: Compute
  /// This rank's sign of life.
  public var heartbeat: Heartbeat

  /// A rank of a group, with a heartbeat that nobody sees unless told otherwise.
  public init(
    _ group: Communicator, compute: Compute = Compute(), heartbeat: Heartbeat = Heartbeat()
  ) {
    self.group = group
    self.compute = compute
    self.heartbeat = heartbeat
  }

  /// The same for a trial's number format.
  func computing(_ trial: Trial) -> RankContext {
    var context = self
    context.compute.precision = trial.training.precision == .bf16 ? .bfloat16 : .float32
    return context
  }
}
