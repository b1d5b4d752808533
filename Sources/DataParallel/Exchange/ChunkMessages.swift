import MPI
import NeuralNet

/// The messages that add up one chunk over the nodes: between the ranks of a column, one of each node.
///
/// Nobody waits in it. The sum is taken in the nodes' order, so that it has the same bits on all.
protocol ChunkMessages: AnyObject {
  /// What is to be added up, in order, for the sum, once `advance` says so: as long as the chunk.
  var sources: [UnsafePointer<Float>] { get }
  /// Gets ready to receive.
  func post() throws
  /// Sends; this node's part has to be there, and to stay until `isSettled`.
  func send() throws
  /// Moves on; true once `sources` hold what they should.
  func advance() throws -> Bool
  /// Whether nothing is under way any more.
  func isSettled() throws -> Bool
}

extension [RepeatedMessage] {
  fileprivate func start() throws { for message in self { try message.start() } }

  fileprivate func areFinished() throws -> Bool {
    var all = true
    for message in self where try !message.isFinished() { all = false }
    return all
  }
}

/// A place for what comes from the other node of two, for several chunks in turn: it is still in the
/// cache when the next one arrives.
final class ReceiveSlot {
  let buffer: AlignedBuffer<Float>
  fileprivate let message: RepeatedMessage

  /// Room for chunks of up to so many floats.
  init(_ column: Communicator, length: Int) throws {
    buffer = AlignedBuffer(count: length)
    message = try column.repeatedReceive(
      into: buffer.elements, from: 1 - column.rank, tag: PairMessages.tag, owner: buffer)
  }
}

/// Two nodes: each sends its whole part to the other. As many bytes as in parts, in one turn instead
/// of two. All chunks have one tag, so each side has to send and to post them in one order.
final class PairMessages: ChunkMessages {
  fileprivate static let tag = 0
  let sources: [UnsafePointer<Float>]
  private let slot: ReceiveSlot
  private let sending: [RepeatedMessage]

  /// For the part at `own`, in the owner's memory.
  init(
    _ column: Communicator, own: UnsafeBufferPointer<Float>, owner: AnyObject?, slot: ReceiveSlot
  ) throws {
    precondition(column.size == 2, "a pair of \(column.size) nodes")
    self.slot = slot
    sending = [
      try column.repeatedSend(own, to: 1 - column.rank, tag: Self.tag, owner: owner)
    ]
    let parts = [own.baseAddress.unsafelyUnwrapped, UnsafePointer(slot.buffer.base)]
    sources = column.rank == 0 ? parts : parts.reversed()
  }

  func post() throws { try slot.message.start() }
  func send() throws { try sending.start() }
  func advance() throws -> Bool { try slot.message.isFinished() }
  func isSettled() throws -> Bool { try sending.areFinished() }
}

/// More than two nodes: each gets one piece of all parts, adds it up, and gives the sum to all. Every
/// node sends and receives 2(m − 1)/m of the chunk (the reduce-scatter and allgather of Patarasuk &
/// Yuan 2009, with direct messages in place of a ring: two turns, not 2(m − 1)).
final class PieceMessages: ChunkMessages {
  let sources: [UnsafePointer<Float>]
  private let instructionSet: InstructionSet
  private let total: AlignedBuffer<Float>
  private let piece: Range<Int>
  /// This node's piece as each node has it, by node.
  private let contributions: [UnsafePointer<Float>?]
  private let buffers: [AlignedBuffer<Float>]
  private let sendingPieces: [RepeatedMessage]
  private let receivingPieces: [RepeatedMessage]
  private let sendingTotal: [RepeatedMessage]
  private let receivingTotals: [RepeatedMessage]
  private var isAddedUp = false

  /// For the part at `own`, in the owner's memory; `tag` and `tag + 1` are the chunk's alone.
  init(
    _ column: Communicator, own: UnsafeBufferPointer<Float>, owner: AnyObject?, tag: Int,
    instructionSet: InstructionSet
  ) throws {
    let nodes = column.size
    let base = own.baseAddress.unsafelyUnwrapped
    let others = (0..<nodes).filter { $0 != column.rank }
    let pieces = (0..<nodes).map { Slices.range(rank: $0, ranks: nodes, count: own.count) }
    let mine = pieces[column.rank]
    let total = AlignedBuffer<Float>(count: own.count)
    let buffers = others.map { _ in AlignedBuffer<Float>(count: mine.count) }
    func part(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(rebasing: total.elements[range])
    }
    // The last pieces of a small chunk may be empty, and nobody waits for them.
    let full = others.filter { !pieces[$0].isEmpty }
    sendingPieces = try full.map {
      try column.repeatedSend(
        UnsafeBufferPointer(rebasing: own[pieces[$0]]), to: $0, tag: tag, owner: owner)
    }
    receivingTotals = try full.map {
      try column.repeatedReceive(into: part(pieces[$0]), from: $0, tag: tag + 1, owner: total)
    }
    let hasPiece = !mine.isEmpty
    receivingPieces =
      !hasPiece
      ? []
      : try zip(others, buffers).map {
        try column.repeatedReceive(into: $1.elements, from: $0, tag: tag, owner: $1)
      }
    sendingTotal =
      !hasPiece
      ? []
      : try others.map {
        try column.repeatedSend(
          UnsafeBufferPointer(part(mine)), to: $0, tag: tag + 1, owner: total)
      }
    var parts = buffers.map { UnsafePointer($0.base) }
    parts.insert(base + mine.lowerBound, at: column.rank)
    contributions = parts
    (self.total, self.buffers, piece) = (total, buffers, mine)
    self.instructionSet = instructionSet
    sources = [UnsafePointer(total.base)]
  }

  func post() throws {
    isAddedUp = false
    try receivingPieces.start()
    try receivingTotals.start()
  }

  func send() throws { try sendingPieces.start() }

  func advance() throws -> Bool {
    if !isAddedUp {
      guard try receivingPieces.areFinished() else { return false }
      contributions.withUnsafeBufferPointer {
        instructionSet.addUp($0, count: piece.count, into: total.base + piece.lowerBound)
      }
      try sendingTotal.start()
      isAddedUp = true
    }
    return try receivingTotals.areFinished()
  }

  func isSettled() throws -> Bool {
    let pieces = try sendingPieces.areFinished()
    return try sendingTotal.areFinished() && pieces
  }
}
