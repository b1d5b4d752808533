import MPI
import Synchronization

/// The progress of a host's ranks in a step, in shared memory, so that the owner of a chunk knows
/// without a barrier when its host's gradients are ready.
final class HostProgress {
  private let local: Communicator
  private let window: SharedWindow<UInt64>
  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  private let stages: UInt64

  /// A cache line for each rank, and one for the sums.
  private static let line = 8

  /// - Parameter stages: more than any stage of a step.
  init(local: Communicator, stages: Int) throws {
    self.local = local
    self.stages = UInt64(stages)
    window = try SharedWindow(count: (local.size + 1) * Self.line, on: local)
    let raw = UnsafeMutableRawPointer(window.elements.baseAddress.unsafelyUnwrapped)
    words = raw.bindMemory(to: Atomic<UInt64>.self, capacity: window.elements.count)
    if local.rank == 0 {
      for word in 0..<window.elements.count { words[word].store(0, ordering: .relaxed) }
    }
    try window.synchronise()
  }

  /// Records that this rank's gradients are ready up to a stage of a step, which counts from 1.
  func publish(stage: Int, step: Int) {
    words[local.rank * Self.line].store(number(stage, step), ordering: .releasing)
  }

  /// Whether all ranks of the host have reached the stage.
  func isReady(stage: Int, step: Int) -> Bool {
    let wanted = number(stage, step)
    for rank in 0..<local.size
    where words[rank * Self.line].load(ordering: .acquiring) < wanted { return false }
    return true
  }

  private func number(_ stage: Int, _ step: Int) -> UInt64 { UInt64(step) * stages + UInt64(stage) }

  /// Records this rank's finding in a step. Words alternate: slow ranks still read the last one's.
  func tell(_ areGradientsFinite: Bool, step: Int) {
    words[local.rank * Self.line + 1 + step % 2].store(
      areGradientsFinite ? 0 : 1, ordering: .releasing)
  }

  /// Returns the host's findings; valid after a barrier.
  func areGradientsFinite(step: Int) -> Bool {
    (0..<local.size).allSatisfy {
      words[$0 * Self.line + 1 + step % 2].load(ordering: .acquiring) == 0
    }
  }

  /// Writes the sums of the gradients' tail to shared memory.
  func total(_ sources: [UnsafePointer<Float>]) {
    for index in 0..<GradientTail.summed {
      let sum = sources.dropFirst().reduce(sources[0][index]) { $0 + $1[index] }
      words[local.size * Self.line + index].store(UInt64(sum.bitPattern), ordering: .releasing)
    }
  }

  /// Copies the sums of the gradients' tail, which are valid after a barrier.
  func readTotals(into tail: UnsafeMutableBufferPointer<Float>) {
    for index in 0..<GradientTail.summed {
      let word = words[local.size * Self.line + index].load(ordering: .acquiring)
      tail[index] = Float(bitPattern: UInt32(truncatingIfNeeded: word))
    }
  }

  func free() throws { try window.free() }
}
