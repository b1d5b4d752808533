import DataParallel
import Experiments
import Support

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
  /// The trial was trained as far as it was to be for now.
  case paused(trial: String, seconds: Double)
  /// The trial was given up because the leader said `stop`, or a signal came.
  case interrupted(trial: String)
  /// The trial goes on after a step; its finished epochs.
  case resumed(trial: String, step: Int, epochs: [EpochRecord])
  /// Something went wrong with the trial and was mended.
  case note(trial: String, text: String)
  /// A checkpoint can't be written.
  case cannotWrite(trial: String, WriteError)
}

extension WorkerMessage {
  /// The trial that the group works on no longer, if this says so.
  var endedTrial: String? {
    switch self {
    case .finished(let id, _, _), .failed(let id, _, _), .paused(let id, _), .interrupted(let id):
      id
    case .ready, .progress, .epochFinished, .resumed, .note, .cannotWrite: nil
    }
  }
}

/// Groups that train a trial together.
package struct Team: Hashable, Codable, Sendable {
  /// The groups, the first of which reports; empty for a group by itself.
  package var groups: [Int] = []
  /// The place of whoever gets this.
  package var place = 0

  package init(groups: [Int] = [], place: Int = 0) {
    self.groups = groups
    self.place = place
  }
}

/// What the leader tells a group's first rank.
package enum LeaderMessage: Hashable, Codable, Sendable {
  /// Train this; the id is the trial's. It pauses after an epoch, or goes to its end. The study's folder
  /// is held under the id `lock`.
  case run(id: String, Trial, pauseAfter: Int?, team: Team = Team(), lock: String = "")
  /// Give up what is being trained, to be given something else.
  case yield
  /// Give up what is being trained, as soon as all ranks of the group can.
  case stop
  /// Nothing more will come.
  case leave(StudySummary)
}
