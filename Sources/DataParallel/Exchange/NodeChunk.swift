import MPI
import NeuralNet

/// A chunk of the gradients that this rank owns: its node's sum, and the messages for the others'.
final class NodeChunk {
  enum State {
    /// For the node's ranks.
    case waiting
    /// For the other nodes.
    case sent
    case applied
  }

  /// Its place in the arena.
  let range: Range<Int>
  let messages: any ChunkMessages
  /// The messages' sources, as if they held the whole arena.
  let shifted: [UnsafePointer<Float>?]
  var state = State.applied
  /// The node's gradients of the chunk, by rank.
  private let parts: [UnsafePointer<Float>?]
  /// Their sum; a lone rank's gradients are one.
  private let sum: AlignedBuffer<Float>?
  private let instructionSet: InstructionSet

  init(
    _ range: Range<Int>, column: Communicator, gradients: AlignedBuffer<UnsafePointer<Float>?>,
    tag: Int, instructionSet: InstructionSet
  ) throws {
    self.range = range
    self.instructionSet = instructionSet
    parts = gradients.elements.map { $0.map { $0 + range.lowerBound } }
    sum = parts.count == 1 ? nil : AlignedBuffer(count: range.count)
    let own = UnsafeBufferPointer(
      start: sum.map { UnsafePointer($0.base) } ?? parts[0], count: range.count)
    messages =
      column.size == 2
      ? try PairMessages(column, own: own, tag: tag)
      : try PieceMessages(column, own: own, tag: tag, instructionSet: instructionSet)
    shifted = messages.sources.map { $0 - range.lowerBound }
  }

  /// A step begins.
  func begin() throws {
    state = .waiting
    try messages.post()
  }

  /// Adds up the node's gradients, which must be there, and sends them.
  func send() throws {
    if let sum {
      parts.withUnsafeBufferPointer {
        instructionSet.addUp($0, count: range.count, into: sum.base)
      }
    }
    try messages.send()
    state = .sent
  }
}
