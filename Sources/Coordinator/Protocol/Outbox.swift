import MPI

/// Messages on their way. Whoever sends one goes on at once, however long the other side takes to ask
/// for it; they arrive in the order in which they were sent.
///
/// For one thread alone. MPI moves them on whenever that thread calls it.
final class Outbox {
  private let communicator: Communicator
  private var underWay: [Request<UInt8>] = []

  init(_ communicator: Communicator) { self.communicator = communicator }

  func send(_ bytes: [UInt8], to rank: Int, tag: Int) throws {
    underWay.append(try communicator.startSend(bytes, to: rank, tag: tag))
  }

  /// How many haven't left yet; moves them on.
  func unsent() throws -> Int {
    while let first = underWay.first, try first.test() { underWay.removeFirst() }
    return underWay.count
  }
}
