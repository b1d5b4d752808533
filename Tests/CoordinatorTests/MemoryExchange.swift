import Coordinator
import Health
import Synchronization

/// A coordinator and its groups in one process: messages cross as bytes, as they do between ranks.
final class MemoryExchange: CoordinatorLine {
  private struct Boxes {
    var toCoordinator: [(group: Int, bytes: [UInt8])] = []
    var models: [Int: [[UInt8]]] = [:]
    var toGroup: [Int: [[UInt8]]] = [:]
    var sent: [Int: [CoordinatorMessage]] = [:]
  }

  let groups: Int
  private let boxes = Mutex(Boxes())

  init(groups: Int) { self.groups = groups }

  func poll() throws -> (group: Int, message: GroupMessage)? {
    let next = boxes.withLock { $0.toCoordinator.isEmpty ? nil : $0.toCoordinator.removeFirst() }
    return try next.map { ($0.group, try MessageCoding.decode(GroupMessage.self, $0.bytes)) }
  }

  func receiveModel(from group: Int, byteCount: Int) -> [UInt8] {
    while true {
      let model = boxes.withLock { boxes -> [UInt8]? in
        guard boxes.models[group]?.isEmpty == false else { return nil }
        return boxes.models[group]?.removeFirst()
      }
      if let model {
        precondition(model.count == byteCount, "\(model.count) bytes for \(byteCount)")
        return model
      }
    }
  }

  func send(_ message: CoordinatorMessage, to group: Int) throws {
    let bytes = try MessageCoding.encode(message)
    boxes.withLock {
      $0.toGroup[group, default: []].append(bytes)
      $0.sent[group, default: []].append(message)
    }
  }

  /// All that the coordinator has sent to a group.
  func sent(to group: Int) -> [CoordinatorMessage] { boxes.withLock { $0.sent[group] ?? [] } }

  /// The end of one group.
  struct End: GroupLine {
    let exchange: MemoryExchange
    let group: Int

    func send(_ message: GroupMessage) throws {
      let bytes = try MessageCoding.encode(message)
      exchange.boxes.withLock { $0.toCoordinator.append((group, bytes)) }
    }

    func send(model: [UInt8]) {
      exchange.boxes.withLock { $0.models[group, default: []].append(model) }
    }

    func poll() throws -> CoordinatorMessage? {
      try exchange.boxes.withLock { boxes -> [UInt8]? in
        guard boxes.toGroup[group]?.isEmpty == false else { return nil }
        return boxes.toGroup[group]?.removeFirst()
      }.map { try MessageCoding.decode(CoordinatorMessage.self, $0) }
    }
  }

  func end(of group: Int) -> End { End(exchange: self, group: group) }
}

extension CoordinatorLine {
  func unsent() throws -> Int { 0 }
}

extension GroupLine {
  func unsent() throws -> Int { 0 }
}

/// A group of one rank, which needs no messages.
struct SoloGroup: GroupSync {
  var isFirst: Bool { true }

  func share(_ message: CoordinatorMessage?, _ heartbeat: Heartbeat) throws
    -> CoordinatorMessage
  {
    guard let message else { preconditionFailure("a group of one rank waits for a message") }
    return message
  }

  func agree(on verdict: Verdict) throws -> Verdict { verdict }
}
