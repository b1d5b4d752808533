import DataParallel
import Health
import MPI
import Support

/// Tags on the coordinator's communicators, one per direction: on rank 0 the coordinator and a
/// group receive from each other under the same rank.
private enum Tag {
  static let toCoordinator = 1
  static let toGroup = 2
  static let model = 3
}

/// The coordinator's end over MPI: groups are runs of `ranksPerTrial` consecutive ranks,
/// represented by their first ranks.
///
/// Made and used only by the coordinator's thread.
final class MPICoordinatorLine: CoordinatorLine, @unchecked Sendable {
  private let control: Communicator
  private let ranksPerTrial: Int
  private let outbox: Outbox

  init(control: Communicator, ranksPerTrial: Int) {
    self.control = control
    self.ranksPerTrial = ranksPerTrial
    outbox = Outbox(control)
  }

  var groups: Int { control.size / ranksPerTrial }

  func poll() throws -> (group: Int, message: GroupMessage)? {
    _ = try outbox.unsent()
    guard let matched = try control.pollMessage(source: nil, tag: Tag.toCoordinator) else {
      return nil
    }
    let group = matched.source / ranksPerTrial
    return (group, try MessageCoding.decode(GroupMessage.self, try matched.receive()))
  }

  func receiveModel(from group: Int, byteCount: Int) throws -> [UInt8] {
    var interval = PollInterval()
    while true {
      let source = group * ranksPerTrial
      if let matched = try control.pollMessage(source: source, tag: Tag.model) {
        let bytes: [UInt8] = try matched.receive()
        guard bytes.count == byteCount else {
          throw ProtocolError(
            "group \(group) sent a model of \(bytes.count) bytes where it announced \(byteCount)")
        }
        return bytes
      }
      StudyClock.system.sleep(interval.next(afterMessage: false))
    }
  }

  func send(_ message: CoordinatorMessage, to group: Int) throws {
    try outbox.send(
      try MessageCoding.encode(message), to: group * ranksPerTrial, tag: Tag.toGroup)
  }

  func unsent() throws -> Int { try outbox.unsent() }
}

/// A group's end over MPI. The coordinator is on rank 0.
struct MPIGroupLine: GroupLine {
  private let control: Communicator
  private let outbox: Outbox
  /// The error that ended the coordinator's thread early, if it runs in this process.
  private let coordinatorFailure: () -> (any Error)?

  init(control: Communicator, coordinatorFailure: @escaping () -> (any Error)?) {
    self.control = control
    self.coordinatorFailure = coordinatorFailure
    outbox = Outbox(control)
  }

  func send(_ message: GroupMessage) throws {
    try outbox.send(try MessageCoding.encode(message), to: 0, tag: Tag.toCoordinator)
  }

  func send(model: [UInt8]) throws { try outbox.send(model, to: 0, tag: Tag.model) }

  func unsent() throws -> Int { try outbox.unsent() }

  func poll() throws -> CoordinatorMessage? {
    _ = try outbox.unsent()
    guard let matched = try control.pollMessage(source: 0, tag: Tag.toGroup) else {
      if let failure = coordinatorFailure() { throw LostCoordinator(failure) }
      return nil
    }
    return try MessageCoding.decode(CoordinatorMessage.self, try matched.receive())
  }
}

/// A rank that is a group by itself and can join others.
final class JoiningRank: GroupSync {
  private let world: Communicator
  private let alone: Communicator
  /// The ranks that train the current trial.
  private(set) var current: Communicator

  init(world: Communicator, alone: Communicator) {
    self.world = world
    self.alone = alone
    current = alone
  }

  var isFirst: Bool { true }

  func share(_ message: CoordinatorMessage?, _ heartbeat: Heartbeat) throws -> CoordinatorMessage {
    guard let message else { preconditionFailure("a group of one rank waits for a message") }
    return message
  }

  func agree(on verdict: Verdict) throws -> Verdict {
    current.size == 1
      ? verdict : try MPIGroup(communicator: current, clock: .system).agree(on: verdict)
  }

  func gather(_ joined: JoinedGroups) throws -> any GroupSync {
    if joined.groups.count > 1 { current = try world.subset(joined.groups, tag: joined.groups[0]) }
    return self
  }

  func disband() throws {
    guard current !== alone else { return }
    try current.free()
    current = alone
  }
}

/// The ranks of a group over a communicator of their own.
struct MPIGroup: GroupSync {
  let communicator: Communicator
  let clock: StudyClock

  var isFirst: Bool { communicator.rank == 0 }

  /// Uses point-to-point messages and polling: a broadcast would keep the cores of the waiting
  /// ranks busy for as long as the last trials of other groups take.
  func share(_ message: CoordinatorMessage?, _ heartbeat: Heartbeat) throws -> CoordinatorMessage {
    guard let message else {
      var interval = PollInterval()
      while true {
        if let matched = try communicator.pollMessage(source: 0, tag: Tag.toGroup) {
          return try MessageCoding.decode(CoordinatorMessage.self, try matched.receive())
        }
        heartbeat.wait()
        clock.sleep(interval.next(afterMessage: false))
      }
    }
    let bytes = try MessageCoding.encode(message)
    for rank in 1..<communicator.size {
      try communicator.send(bytes, to: rank, tag: Tag.toGroup)
    }
    return message
  }

  func agree(on verdict: Verdict) throws -> Verdict {
    let size = communicator.size
    var reason: String?
    if case .failed(let text) = verdict { reason = text }
    let order: [Verdict] = [.interrupted, .paused, .done]
    let mine: [Int64] = [
      reason == nil ? Int64(size) : Int64(communicator.rank),
      Int64(order.firstIndex(of: verdict) ?? 0),
    ]
    let lowest = try communicator.allreduce(mine, .min)
    let failing = Int(lowest[0])
    guard failing < size else { return order[Int(lowest[1])] }
    let failed = try communicator.allreduce(reason == nil ? 0 : Int64(1), .sum)
    let shared = try communicator.broadcast(message: reason ?? "", root: failing)
    let place = failed < size ? " (on rank \(failing) of the group's \(size))" : ""
    return .failed(reason: shared + place)
  }
}
