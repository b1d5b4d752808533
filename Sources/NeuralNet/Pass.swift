/// What a pass through the network is for.
public enum PassMode: Hashable, Sendable {
  /// Dropout off, nothing kept for a backward pass.
  case evaluation
  /// Dropout on. `step` counts the optimizer's steps from 0; `firstSlot` is the place of the first
  /// sample in the global batch, so that the masks don't depend on how many ranks share it.
  case training(step: UInt32, firstSlot: UInt32)
}

/// One pass over the first `count` samples of a layer's buffers.
struct Pass {
  let count: Int
  let mode: PassMode
}

extension ParameterArena {
  /// The first parameter of the tensor at `offset`.
  func base(_ offset: Int) -> UnsafeMutablePointer<Float> { parameters.base + offset }
  /// The first gradient of the tensor at `offset`.
  func gradientBase(_ offset: Int) -> UnsafeMutablePointer<Float> {
    gradientsWithTail.baseAddress.unsafelyUnwrapped + offset
  }
}
