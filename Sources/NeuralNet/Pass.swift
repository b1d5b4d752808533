/// The purpose of a pass through the network.
public enum PassMode: Hashable, Sendable {
  /// Dropout off, nothing stored for a backward pass.
  case evaluation
  /// Dropout on. `step` counts the optimizer's steps from 0; `firstSlot` is the first sample's
  /// index in the global batch, so that the masks don't depend on the number of ranks.
  case training(step: UInt32, firstSlot: UInt32)
}

/// One pass over the first `count` samples of a layer's buffers.
struct Pass {
  let count: Int
  let mode: PassMode
  /// The row of the first sample in unit panels of the global batch.
  let row: Int

  /// The first sample's place in the global batch; 0 in an evaluation.
  var firstSlot: Int {
    if case .training(_, let firstSlot) = mode { Int(firstSlot) } else { 0 }
  }
}

extension ParameterArena {
  func base(_ offset: Int) -> UnsafeMutablePointer<Float> { parameters.base + offset }
  func gradientBase(_ offset: Int) -> UnsafeMutablePointer<Float> {
    gradientsWithTail.baseAddress.unsafelyUnwrapped + offset
  }
}
