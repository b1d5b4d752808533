import DataParallel
import Experiments
import Support

/// A message from a group's first rank to the coordinator.
///
/// `ready` is answered once, by `run` or `leave`, as soon as possible; nothing else is answered.
/// Each direction has its own enum, so that neither end can be sent the other's messages.
package enum GroupMessage: Hashable, Codable, Sendable {
  case ready
  case progress(trial: String, TrialProgress)
  case epochFinished(trial: String, EpochRecord)
  /// The trial is done; `modelBytes` bytes of its model follow in a message of their own.
  case finished(trial: String, TrialOutcome, modelBytes: Int)
  case failed(trial: String, reason: String, seconds: Double)
  /// The trial was trained as far as it was to be for now.
  case paused(trial: String, seconds: Double)
  /// The trial was released because of `stop`, `yield` or a signal.
  case interrupted(trial: String)
  /// The trial was resumed after a step; its finished epochs.
  case resumed(trial: String, step: Int, epochs: [EpochRecord])
  /// A problem with the trial was fixed.
  case note(trial: String, text: String)
  case cannotWrite(trial: String, WriteError)
}

extension GroupMessage {
  /// The trial that it is about.
  var trial: String? {
    switch self {
    case .ready: nil
    case .progress(let id, _), .epochFinished(let id, _), .finished(let id, _, _),
      .failed(let id, _, _), .paused(let id, _), .interrupted(let id), .resumed(let id, _, _),
      .note(let id, _), .cannotWrite(let id, _):
      id
    }
  }

  /// Whether the group no longer works on its trial after this message.
  var endsTrial: Bool {
    switch self {
    case .finished, .failed, .paused, .interrupted: true
    case .ready, .progress, .epochFinished, .resumed, .note, .cannotWrite: false
    }
  }
}

/// Groups that train a trial together.
package struct JoinedGroups: Hashable, Codable, Sendable {
  /// The groups, the first of which reports; empty for a single group.
  package var groups: [Int] = []
  /// The receiver's place among them.
  package var place = 0

  package init(groups: [Int] = [], place: Int = 0) {
    self.groups = groups
    self.place = place
  }
}

/// A message from the coordinator to a group's first rank.
package enum CoordinatorMessage: Hashable, Codable, Sendable {
  /// Train a trial to epoch `pauseAfter` or its end. The study's folder is held under the id
  /// `lock`.
  case run(
    id: String, Trial, pauseAfter: Int?, joined: JoinedGroups = JoinedGroups(), lock: String = "")
  /// Release the current trial in exchange for another.
  case yield
  /// Release the current trial as soon as all ranks of the group can.
  case stop
  /// No more messages will follow.
  case leave(StudySummary)
}
