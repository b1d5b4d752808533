/// y = γ·(x − mean) / √(variance + ε) + β for each channel (Ioffe & Szegedy 2015), with the global
/// batch's mean and variance in training and running ones in evaluation, as in PyTorch.
public struct BatchNorm: LayerKind {
  package static let stem = "bn"
  package static let title = "batch norm"
  package static let couplesSamples = true

  /// Added to the variance.
  public var epsilon: Float
  /// The weight of a batch's mean and variance in the running ones.
  public var momentum: Float

  /// A normalisation, with PyTorch's settings by default.
  public init(epsilon: Float = 1e-5, momentum: Float = 0.1) {
    self.epsilon = epsilon
    self.momentum = momentum
  }

  package var flaw: String? {
    epsilon > 0 && epsilon.isFinite && momentum > 0 && momentum <= 1
      ? nil : "an epsilon of \(epsilon) and a momentum of \(momentum)"
  }

  package func tensors(for input: ImageShape) -> [TensorSpec] {
    [
      TensorSpec("weight", [input.channels], initial: .constant(1), sum: .whole),
      TensorSpec("bias", [input.channels], initial: .constant(0), sum: .whole),
    ]
  }

  package func state(for input: ImageShape) -> [TensorSpec] {
    [
      TensorSpec("running_mean", [input.channels], initial: .constant(0), sum: .whole),
      TensorSpec("running_var", [input.channels], initial: .constant(1), sum: .whole),
    ]
  }

  package func keptValues(for input: ImageShape) -> Double { input.size }
}
