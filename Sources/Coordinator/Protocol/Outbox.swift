import MPI

/// Messages that are being sent, in order. Sending returns at once, however late the receiver asks
/// for the message.
///
/// For one thread only. MPI progresses the messages whenever that thread calls it.
final class Outbox {
  private let communicator: Communicator
  private var underWay: [Request<UInt8>] = []

  init(_ communicator: Communicator) { self.communicator = communicator }

  func send(_ bytes: [UInt8], to rank: Int, tag: Int) throws {
    underWay.append(try communicator.startSend(bytes, to: rank, tag: tag))
  }

  /// Progresses the messages and returns how many haven't left yet.
  func unsent() throws -> Int {
    while let first = underWay.first, try first.test() { underWay.removeFirst() }
    return underWay.count
  }
}
