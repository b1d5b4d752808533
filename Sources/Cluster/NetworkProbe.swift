import Experiments
import MPI
import Support

/// Measures the network between nodes: the first rank of each sends to the next node's and receives from
/// the one before at the same time, as they do when they average gradients.
public struct NetworkProbe: Codable, Sendable {
  /// Messages of one length.
  public struct Message: Codable, Sendable {
    /// Its length.
    public var bytes: Int
    /// Median of the rounds, each as long as its slowest node, in seconds.
    public var seconds: Double
  }

  /// Nodes that took part.
  public var nodes: Int
  /// What was measured.
  public var messages: [Message]
  /// The constants that follow; nil on one node.
  public var model: NetworkModel?

  private static let lengths = [8, 256, 4096, 32_768, 131_072, 524_288, 2_097_152]

  /// Measures; collective over `world`, whose other ranks wait.
  ///
  /// - Parameter rounds: of each length.
  /// - Throws: `MPIError`.
  public init(_ world: Communicator, rounds: Int = 30) throws {
    let node = try world.splitByNode()
    let leaders = try world.split(color: node.rank == 0 ? 0 : nil, key: world.rank)
    nodes = Int(try world.allreduce(node.rank == 0 ? Int64(1) : 0, .sum))
    messages = []
    if let leaders, nodes > 1 {
      for length in Self.lengths {
        messages.append(try Self.measure(leaders, bytes: length, rounds: rounds))
      }
    }
    // Waiting ranks would take the cores from those that measure.
    try world.sleepyBarrier()
    messages = try world.broadcast(message: messages, root: 0)
    model = NetworkModel(fitting: messages.map { (Double($0.bytes), $0.seconds) })
    try leaders?.free()
    try node.free()
  }

  /// The constants of a job's network, from a few rounds; nil on one node. Collective over `world`.
  ///
  /// - Throws: `MPIError`.
  public static func measure(_ world: Communicator, nodes: Int) throws -> NetworkModel? {
    nodes > 1 ? try NetworkProbe(world, rounds: 7).model : nil
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
    // The first ones open the connections.
    let slowest = try leaders.allreduce(Array(times[3...]), .max)
    return Message(bytes: bytes, seconds: slowest.median ?? 0)
  }
}

/// Memory that a message is sent from or received into.
private final class Bytes {
  let elements: UnsafeMutableBufferPointer<UInt8>

  init(_ count: Int) {
    elements = .allocate(capacity: count)
    elements.initialize(repeating: 0)
  }

  deinit { elements.deallocate() }
}
