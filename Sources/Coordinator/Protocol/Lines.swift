import DataParallel
import Health

/// The leader's end of the messages between it and the groups. Messages of one group come in the
/// order in which they were sent.
///
/// Neither end waits when it sends: the leader may be writing to a slow disk, and a group may be in a
/// long step.
package protocol LeaderLine: Sendable {
  /// Groups at the other ends.
  var groups: Int { get }
  /// The next message that has come, and from which group; nil when there is none. Doesn't wait.
  func poll() throws -> (group: Int, message: WorkerMessage)?
  /// The model that follows a `finished` message. Waits for it.
  func receiveModel(from group: Int, byteCount: Int) throws -> [UInt8]
  /// Sends a message to a group's first rank. Doesn't wait for it to be taken.
  func send(_ message: LeaderMessage, to group: Int) throws
  /// How many messages haven't been taken yet; moves them on.
  func unsent() throws -> Int
}

extension LeaderLine {
  package func unsent() throws -> Int { 0 }
}

/// The end of a group's first rank.
package protocol WorkerLine {
  /// Sends a message to the leader. Doesn't wait for it to be taken.
  func send(_ message: WorkerMessage) throws
  /// Sends the model that a `finished` message has announced, as above.
  func send(model: [UInt8]) throws
  /// How many messages haven't been taken yet; moves them on.
  func unsent() throws -> Int
  /// The next message that has come; nil when there is none. Doesn't wait.
  func poll() throws -> LeaderMessage?
}

extension WorkerLine {
  package func unsent() throws -> Int { 0 }
}

/// How a trial ended on one rank, or on a group.
package enum Verdict: Hashable, Sendable {
  /// To its end.
  case done
  /// Given up because the study stops.
  case interrupted
  /// Trained as far as it was to be for now.
  case paused
  /// With an error.
  case failed(reason: String)
}

/// How the ranks of one group keep together.
package protocol GroupSync {
  /// Whether this rank is the one that talks to the leader.
  var isFirst: Bool { get }
  /// Passes a message on from the first rank to all others, which wait for it asleep.
  /// - Parameters:
  ///   - message: on the first rank, the message; on the others nil.
  ///   - heartbeat: beats while it waits.
  func share(_ message: LeaderMessage?, _ heartbeat: Heartbeat) throws -> LeaderMessage
  /// Whoever trains a trial together with this group: itself, unless there is a team. Collective over
  /// the team.
  func gather(_ team: Team) throws -> any GroupSync
  /// Ends what `gather` made; collective over the team.
  func disband() throws
  /// One verdict for all ranks: `failed` where one failed, with the reason of the lowest such rank,
  /// else `interrupted` where one was, else `paused` where one is.
  func agree(on verdict: Verdict) throws -> Verdict
}

extension GroupSync {
  package func gather(_ team: Team) throws -> any GroupSync {
    guard team.groups.count < 2 else {
      throw ProtocolError("a group that joins no others is to join the groups \(team.groups)")
    }
    return self
  }

  package func disband() throws {}
}

/// A group of one rank, which needs no messages to agree with itself.
package struct SoloGroup: GroupSync {
  package init() {}

  package var isFirst: Bool { true }

  package func share(_ message: LeaderMessage?, _ heartbeat: Heartbeat) throws -> LeaderMessage {
    guard let message else { preconditionFailure("a group of one rank waits for a message") }
    return message
  }

  package func agree(on verdict: Verdict) throws -> Verdict { verdict }
}
