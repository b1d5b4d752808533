import DataParallel
import Health

/// The coordinator's end of the messages between it and the groups. A group's messages arrive in
/// order.
///
/// Neither end blocks when it sends: the coordinator may wait for a disk, a group may be in a long
/// step.
package protocol CoordinatorLine: Sendable {
  var groups: Int { get }
  /// Returns the next message that has arrived, with its group; nil if there is none. Doesn't wait.
  func poll() throws -> (group: Int, message: GroupMessage)?
  /// Waits for the model that follows a `finished` message.
  func receiveModel(from group: Int, byteCount: Int) throws -> [UInt8]
  /// Sends a message to a group's first rank; doesn't wait for its reception.
  func send(_ message: CoordinatorMessage, to group: Int) throws
  /// Progresses the messages and returns how many haven't been received yet.
  func unsent() throws -> Int
}

/// The end of a group's first rank.
package protocol GroupLine {
  /// Sends a message to the coordinator; doesn't wait for its reception.
  func send(_ message: GroupMessage) throws
  /// Sends the model that a `finished` message has announced; doesn't wait either.
  func send(model: [UInt8]) throws
  /// Progresses the messages and returns how many haven't been received yet.
  func unsent() throws -> Int
  /// Returns the next message that has arrived; nil if there is none. Doesn't wait.
  func poll() throws -> CoordinatorMessage?
}

/// The end of a trial on a rank or a group.
package enum Verdict: Hashable, Sendable {
  case done
  /// Released because the study stops.
  case interrupted
  /// Trained as far as it was to be for now.
  case paused
  case failed(reason: String)
}

/// The synchronisation of a group's ranks.
package protocol GroupSync {
  /// Whether this rank communicates with the coordinator.
  var isFirst: Bool { get }
  /// Sends a message from the first rank to all others, which sleep until it arrives.
  /// - Parameters:
  ///   - message: the message on the first rank, nil on the others.
  ///   - heartbeat: beats during the wait.
  func share(_ message: CoordinatorMessage?, _ heartbeat: Heartbeat) throws -> CoordinatorMessage
  /// Joins the groups that train a trial together; returns itself if there is only this one.
  /// Collective over the joined groups.
  func gather(_ joined: JoinedGroups) throws -> any GroupSync
  /// Frees the result of `gather`; collective over the joined groups.
  func disband() throws
  /// Combines all ranks' verdicts: `failed` if any is, with the reason of the lowest such rank,
  /// else `interrupted` if any is, else `paused` if any is.
  func agree(on verdict: Verdict) throws -> Verdict
}

extension GroupSync {
  package func gather(_ joined: JoinedGroups) throws -> any GroupSync {
    guard joined.groups.count < 2 else {
      throw ProtocolError("a group that joins no others is to join the groups \(joined.groups)")
    }
    return self
  }

  package func disband() throws {}
}
