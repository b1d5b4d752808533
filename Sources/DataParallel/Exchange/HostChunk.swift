import MPI
import NeuralNet

/// A chunk of the gradients that this rank owns: its host's sum, and the messages to other hosts.
final class HostChunk {
  let range: Range<Int>
  let messages: any ChunkMessages
  /// The messages' sources, shifted so that arena offsets index them.
  let shifted: [UnsafePointer<Float>?]
  /// The host's gradients of the chunk, by rank.
  private let parts: [UnsafePointer<Float>?]
  /// Their sum; nil for a host's only rank, whose gradients are the sum.
  private let sum: AlignedBuffer<Float>?
  private let instructionSet: InstructionSet

  /// - Parameters:
  ///   - tag: it and the next one are unique to the chunk.
  ///   - slot: between two hosts, where the other one's part arrives.
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

  /// Sums the host's gradients, which must be ready, and sends them.
  func send() throws {
    if let sum {
      parts.withUnsafeBufferPointer {
        instructionSet.addUp($0, count: range.count, into: sum.base)
      }
    }
    try messages.send()
  }
}
