import DataParallel
import Experiments

/// What a group's first rank tells the leader.
///
/// `ready` is answered once, by `run` or `leave`, when there is something to say. All else isn't
/// answered. One enum for each direction: neither end can be sent what only the other one says.
package enum WorkerMessage: Hashable, Codable, Sendable {
  /// The group has nothing to do.
  case ready
  /// The trial goes on.
  case progress(trial: String, TrialProgress)
  /// The trial finished an epoch.
  case epochFinished(trial: String, EpochRecord)
  /// The trial is done; so many bytes of its model follow as a message of their own.
  case finished(trial: String, TrialOutcome, modelBytes: Int)
  /// The trial ended with an error.
  case failed(trial: String, reason: String, seconds: Double)
  /// The trial was given up because the leader said `stop`.
  case interrupted(trial: String)
}

/// What the leader tells a group's first rank.
package enum LeaderMessage: Hashable, Codable, Sendable {
  /// Train this; the id is the trial's.
  case run(id: String, Trial)
  /// Give up what is being trained, as soon as all ranks of the group can.
  case stop
  /// Nothing more will come.
  case leave(StudySummary)
}
