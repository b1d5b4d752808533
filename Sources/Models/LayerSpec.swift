/// A kind of layer, described once: its output shape, tensors and cost. `NeuralNet` computes it.
package protocol LayerKind: Hashable, Sendable {
  /// Prefix of the layers' numbers in PyTorch's names: `conv` in `conv1`.
  static var stem: String { get }
  /// Prefix of the layers' numbers in messages.
  static var title: String { get }
  /// Whether a sample's output depends on the other samples of the global batch in training.
  static var couplesSamples: Bool { get }

  /// Why these settings are invalid; nil if they are valid.
  var flaw: String? { get }
  /// Why the layer can't take samples of this shape, to follow a comma; nil if it can.
  func misfit(_ input: ImageShape) -> String?
  /// Returns the output shape of a valid layer.
  func output(of input: ImageShape) -> ImageShape
  /// Returns the trained tensors, in memory order.
  func tensors(for input: ImageShape) -> [TensorSpec]
  /// Returns the untrained state kept from step to step, such as running means.
  func state(for input: ImageShape) -> [TensorSpec]
  /// Returns the multiply-adds of one sample's forward pass, counting weights only.
  func multiplyAdds(for input: ImageShape) -> Double
  /// Returns the minimum number of values per sample that a training step keeps.
  func keptValues(for input: ImageShape) -> Double
}

extension LayerKind {
  package static var couplesSamples: Bool { false }
  package var flaw: String? { nil }
  package func misfit(_ input: ImageShape) -> String? { nil }
  package func output(of input: ImageShape) -> ImageShape { input }
  package func tensors(for input: ImageShape) -> [TensorSpec] { [] }
  package func state(for input: ImageShape) -> [TensorSpec] { [] }
  package func multiplyAdds(for input: ImageShape) -> Double { 0 }
  /// Possibly none: the layer may be fused with a product before it.
  package func keptValues(for input: ImageShape) -> Double { 0 }
}

/// One layer of a network.
public enum LayerSpec: Hashable, Sendable {
  case activation(ActivationLayer)
  case batchNorm(BatchNorm)
  case convolution(Convolution)
  case dense(Dense)
  case dropout(Dropout)
  case globalAveragePool(GlobalAveragePool)
  case maxPool(MaxPool)

  package var kind: any LayerKind {
    switch self {
    case .activation(let kind): kind
    case .batchNorm(let kind): kind
    case .convolution(let kind): kind
    case .dense(let kind): kind
    case .dropout(let kind): kind
    case .globalAveragePool(let kind): kind
    case .maxPool(let kind): kind
    }
  }
}

/// A layer at its position in a network, with all shapes known.
package struct PlannedLayer: Sendable {
  package let spec: LayerSpec
  /// PyTorch's name: `conv1`, `fc3`.
  package let name: String
  /// The number of layers of its kind up to and including it.
  package let number: Int
  /// The number of layers with random weights up to and including it.
  package let drawn: Int
  package let input: ImageShape
  package let output: ImageShape

  /// The trained tensors; one that layers share is the first one's.
  package let tensors: [TensorSpec]

  /// PyTorch's name of a tensor: `conv1.weight`; `act.beta` if all layers of the kind share it.
  package func name(of tensor: TensorSpec) -> String {
    "\(tensor.isShared ? type(of: spec.kind).stem : name).\(tensor.suffix)"
  }
}
