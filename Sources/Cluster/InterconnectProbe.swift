import Experiments
import MPI
import Support

/// Measures the interconnect: the first rank of each host sends to the next host's and receives
/// from the previous one's at the same time, as when they average gradients.
package struct InterconnectProbe: Codable, Sendable {
  package struct Message: Codable, Sendable {
    package var bytes: Int
    /// Median over the rounds, in seconds; a round is as long as its slowest host.
    package var seconds: Double
  }

  package var hosts: Int
  package var messages: [Message]
  /// The fitted constants; nil on one host.
  package var model: Interconnect?

  // The key is older than the word.
  enum CodingKeys: String, CodingKey {
    case hosts = "nodes"
    case messages, model
  }

  private static let lengths = [8, 256, 4096, 32_768, 131_072, 524_288, 2_097_152]

  /// Measures the interconnect; collective over `world`, whose other ranks wait.
  /// - Parameter rounds: rounds per length.
  /// - Throws: `MPIError`.
  package init(_ world: Communicator, rounds: Int = 30) throws {
    let local = try world.splitByHost()
    let leaders = try world.split(color: local.rank == 0 ? 0 : nil, key: world.rank)
    hosts = Int(try world.allreduce(local.rank == 0 ? Int64(1) : 0, .sum))
    messages = []
    if let leaders, hosts > 1 {
      for length in Self.lengths {
        messages.append(try Self.measure(leaders, bytes: length, rounds: rounds))
      }
    }
    // Spinning ranks would take the cores from those that measure.
    try world.sleepyBarrier()
    messages = try world.broadcast(message: messages, root: 0)
    model = Interconnect(fitting: messages.map { (Double($0.bytes), $0.seconds) })
    try leaders?.free()
    try local.free()
  }

  private static func measure(_ leaders: Communicator, bytes: Int, rounds: Int) throws -> Message {
    let out = Bytes(bytes)
    let into = Bytes(bytes)
    let next = (leaders.rank + 1) % leaders.size
    let before = (leaders.rank + leaders.size - 1) % leaders.size
    let send = try leaders.repeatedSend(
      UnsafeBufferPointer(out.elements), to: next, tag: 1, owner: out)
    let receive = try leaders.repeatedReceive(
      into: into.elements, from: before, tag: 1, owner: into)
    var times: [Double] = []
    for _ in 0..<rounds + 3 {
      try leaders.barrier()
      let start = ContinuousClock.now
      try receive.start()
      try send.start()
      var pause = SpinPause()
      while try !(receive.isFinished() && send.isFinished()) { pause.rest() }
      times.append((ContinuousClock.now - start).inSeconds)
    }
    // The first messages open the connections.
    let slowest = try leaders.allreduce(Array(times[3...]), .max)
    return Message(bytes: bytes, seconds: slowest.median ?? 0)
  }
}

private final class Bytes {
  let elements: UnsafeMutableBufferPointer<UInt8>

  init(_ count: Int) {
    elements = .allocate(capacity: count)
    elements.initialize(repeating: 0)
  }

  deinit { elements.deallocate() }
}
