/// A kind of layer, described once: what shape comes out, which tensors it has, what it costs. How it is
/// computed is `NeuralNet`'s.
package protocol LayerKind: Hashable, Sendable {
  /// In front of the layers' numbers in PyTorch's names: `conv` of `conv1`.
  static var stem: String { get }
  /// In front of the layers' numbers in messages.
  static var title: String { get }
  /// Whether what comes out for a sample depends on the other samples of the global batch in training.
  static var couplesSamples: Bool { get }

  /// Why no layer has these settings; nil where one has.
  var flaw: String? { get }
  /// Why the layer can't take samples of this shape, behind a comma; nil where it can.
  func misfit(_ input: ImageShape) -> String?
  /// The shape of what comes out, where nothing is wrong.
  func output(of input: ImageShape) -> ImageShape
  /// What is trained, in the order in which it lies in memory.
  func tensors(for input: ImageShape) -> [TensorSpec]
  /// What is kept from step to step without being trained, such as running means.
  func state(for input: ImageShape) -> [TensorSpec]
  /// Multiply-adds of one sample's forward pass; those of the weights only.
  func multiplyAdds(for input: ImageShape) -> Double
  /// Values of one sample that a training step keeps at least.
  func keptValues(for input: ImageShape) -> Double
}

extension LayerKind {
  /// Each sample by itself.
  package static var couplesSamples: Bool { false }
  /// Nothing is wrong.
  package var flaw: String? { nil }
  /// Any shape will do.
  package func misfit(_ input: ImageShape) -> String? { nil }
  /// The shape stays.
  package func output(of input: ImageShape) -> ImageShape { input }
  /// Nothing is trained.
  package func tensors(for input: ImageShape) -> [TensorSpec] { [] }
  /// Nothing is kept.
  package func state(for input: ImageShape) -> [TensorSpec] { [] }
  /// Nothing to speak of.
  package func multiplyAdds(for input: ImageShape) -> Double { 0 }
  /// Perhaps none: with a product in front the layer may be part of it.
  package func keptValues(for input: ImageShape) -> Double { 0 }
}

/// One layer of a network. These are the kinds that there are.
public enum LayerSpec: Hashable, Sendable {
  case activation(ActivationLayer)
  case batchNorm(BatchNorm)
  case convolution(Convolution)
  case dense(Dense)
  case dropout(Dropout)
  case globalAveragePool(GlobalAveragePool)
  case maxPool(MaxPool)

  /// The layer's description.
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

/// A layer in its place in a network, every shape known.
package struct PlannedLayer: Sendable {
  /// What it is.
  package let spec: LayerSpec
  /// PyTorch's name: `conv1`, `fc3`.
  package let name: String
  /// The layers of its kind up to it.
  package let number: Int
  /// The layers with drawn weights up to it.
  package let drawn: Int
  /// One sample in front of it.
  package let input: ImageShape
  /// One sample behind it.
  package let output: ImageShape

  /// What is trained.
  package let tensors: [TensorSpec]
}
