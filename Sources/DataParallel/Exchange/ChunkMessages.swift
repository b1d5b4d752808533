import MPI
import NeuralNet

/// The messages that sum one chunk over the hosts: between the ranks of a column, one per host.
///
/// No call blocks. The sum is taken in the hosts' order, so that its bits agree on all of them.
protocol ChunkMessages: AnyObject {
  /// The summands, in order, once `advance` returns true; each as long as the chunk.
  var sources: [UnsafePointer<Float>] { get }
  func post() throws
  /// Sends this host's part, which must be ready and stay unchanged until `isSettled`.
  func send() throws
  /// Progresses the messages; true once `sources` are complete.
  func advance() throws -> Bool
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

/// A receive buffer between two hosts, reused for several chunks: it stays in the cache.
final class ReceiveSlot {
  let buffer: AlignedBuffer<Float>
  fileprivate let message: RepeatedMessage

  /// A buffer for chunks of at most `length` floats.
  init(_ column: Communicator, length: Int) throws {
    buffer = AlignedBuffer(count: length)
    message = try column.repeatedReceive(
      into: buffer.elements, from: 1 - column.rank, tag: PairMessages.tag, owner: buffer)
  }
}

/// Two hosts: each sends its whole part to the other. This moves as many bytes as pieces would, in
/// one round instead of two. All chunks share a tag, so their order must agree.
final class PairMessages: ChunkMessages {
  fileprivate static let tag = 0
  let sources: [UnsafePointer<Float>]
  private let slot: ReceiveSlot
  private let sending: [RepeatedMessage]

  /// Messages for the part at `own`, in the owner's memory.
  init(
    _ column: Communicator, own: UnsafeBufferPointer<Float>, owner: AnyObject?, slot: ReceiveSlot
  ) throws {
    precondition(column.size == 2, "a pair of \(column.size) hosts")
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

/// More than two hosts: each receives one piece of all parts, sums it, and sends the sum to all.
/// Every host sends and receives 2(m − 1)/m of the chunk (the reduce-scatter and allgather of
/// Patarasuk & Yuan 2009, with direct messages instead of a ring: two rounds, not 2(m − 1)).
final class PieceMessages: ChunkMessages {
  let sources: [UnsafePointer<Float>]
  private let instructionSet: InstructionSet
  private let total: AlignedBuffer<Float>
  private let piece: Range<Int>
  /// This host's piece of every host's part, by host.
  private let contributions: [UnsafePointer<Float>?]
  private let buffers: [AlignedBuffer<Float>]
  private let sendingPieces: [RepeatedMessage]
  private let receivingPieces: [RepeatedMessage]
  private let sendingTotal: [RepeatedMessage]
  private let receivingTotals: [RepeatedMessage]
  private var isAddedUp = false

  /// Messages for the part at `own`, in the owner's memory; `tag` and `tag + 1` are its own.
  init(
    _ column: Communicator, own: UnsafeBufferPointer<Float>, owner: AnyObject?, tag: Int,
    instructionSet: InstructionSet
  ) throws {
    let hosts = column.size
    let base = own.baseAddress.unsafelyUnwrapped
    let others = (0..<hosts).filter { $0 != column.rank }
    let pieces = (0..<hosts).map { Slices.range(rank: $0, ranks: hosts, count: own.count) }
    let mine = pieces[column.rank]
    let total = AlignedBuffer<Float>(count: own.count)
    let buffers = others.map { _ in AlignedBuffer<Float>(count: mine.count) }
    func part(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(rebasing: total.elements[range])
    }
    // The last pieces of a small chunk may be empty and are neither sent nor received.
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
