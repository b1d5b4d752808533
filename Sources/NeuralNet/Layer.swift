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

/// A layer with its parameters' places and buffers planned for the network's capacity. Input and
/// output are `count` rows of floats.
protocol Layer: AnyObject {
  /// The output, filled by `forward`.
  var output: AlignedBuffer<Float> { get }
  /// Fills the layer's tensors from the seed.
  func initialize(_ arena: ParameterArena, seed: UInt64)

  func forward(_ pass: Pass, input: UnsafePointer<Float>, arena: ParameterArena)

  /// Adds nothing: writes the gradients of the layer's tensors, and the input's where asked.
  /// `outputGradient` is overwritten.
  func backward(
    count: Int, input: UnsafePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>?, arena: ParameterArena)
}

extension ParameterArena {
  /// The first parameter of the tensor at `offset`.
  func base(_ offset: Int) -> UnsafeMutablePointer<Float> { parameters.base + offset }
  /// The first gradient of the tensor at `offset`.
  func gradientBase(_ offset: Int) -> UnsafeMutablePointer<Float> {
    gradientsWithTail.baseAddress.unsafelyUnwrapped + offset
  }
}
