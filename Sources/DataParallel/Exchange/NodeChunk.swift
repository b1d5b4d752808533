import MPI
import NeuralNet

/// A chunk of the gradients that this rank owns: its node's sum, and the messages for the others'.
final class NodeChunk {
  /// Its place in the arena.
  let range: Range<Int>
  let messages: any ChunkMessages
  /// The messages' sources, as if they held the whole arena.
  let shifted: [UnsafePointer<Float>?]
  /// The node's gradients of the chunk, by rank.
  private let parts: [UnsafePointer<Float>?]
  /// Their sum; a lone rank's gradients are one.
  private let sum: AlignedBuffer<Float>?
  private let instructionSet: InstructionSet

  /// - Parameters:
  ///   - tag: it and the next one are the chunk's alone.
  ///   - slot: between two nodes, where the other one's part arrives.
  init(
    _ range: Range<Int>, column: Communicator, gradients: AlignedBuffer<UnsafePointer<Float>?>,
    tag: Int, slot: ReceiveSlot?, instructionSet: InstructionSet
  ) throws {
    self.range = range
    self.instructionSet = instructionSet
    parts = gradients.elements.map { $0.map { $0 + range.lowerBound } }
    sum = parts.count == 1 ? nil : AlignedBuffer(count: range.count)
    let own = UnsafeBufferPointer(
      start: sum.map { UnsafePointer($0.base) } ?? parts[0], count: range.count)
    messages =
      try slot.map { [sum] in try PairMessages(column, own: own, owner: sum, slot: $0) }
      ?? PieceMessages(column, own: own, owner: sum, tag: tag, instructionSet: instructionSet)
    shifted = messages.sources.map { $0 - range.lowerBound }
  }

  /// Adds up the node's gradients, which must be there, and sends them.
  func send() throws {
    if let sum {
      parts.withUnsafeBufferPointer {
        instructionSet.addUp($0, count: range.count, into: sum.base)
      }
    }
    try messages.send()
  }
}
