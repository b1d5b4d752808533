import Experiments
import Storage

/// How a trial is run, apart from what it computes.
package struct TrainerOptions {
  /// How the ranks average their gradients.
  package var exchange = GradientExchange.sharded
  /// How a group on several hosts does it.
  package var hosts = HostChoice()
  /// Where the group's first rank writes checkpoints and looks for them; nil for none.
  package var checkpoints: CheckpointFolder?
  /// The most seconds between two checkpoints, above 0.
  package var checkpointSeconds = 60.0
  /// Compare the replicas every this many steps; nil for every epoch and checkpoint only.
  package var verifySteps: Int?
  /// The epoch after which the trial pauses, if it isn't done then; nil to go to the end.
  package var pauseAfter: Int?

  package init() {}

  package init(_ study: StudyConfig) {
    exchange = study.gradientExchange
    checkpointSeconds = study.checkpointSeconds
    verifySteps = study.verifySteps
  }
}
