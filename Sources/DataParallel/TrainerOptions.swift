import Experiments
import Storage

/// How a trial is run, apart from what it computes.
public struct TrainerOptions {
  /// How the ranks average their gradients.
  public var exchange = GradientExchange.sharded
  /// How a group on several hosts does it.
  public var hosts = HostChoice()
  /// Where the group's first rank writes checkpoints and looks for them; nil for none.
  public var checkpoints: CheckpointFolder?
  /// The most seconds between two checkpoints, above 0.
  public var checkpointSeconds = 60.0
  /// Compare the replicas every this many steps; nil for every epoch and checkpoint only.
  public var verifySteps: Int?
  /// The epoch after which the trial pauses, if it isn't done then; nil to go to the end.
  public var pauseAfter: Int?

  /// The usual options.
  public init() {}

  /// As a study has them.
  public init(_ study: StudyConfig) {
    exchange = study.gradientExchange
    checkpointSeconds = study.checkpointSeconds
    verifySteps = study.verifySteps
  }
}
