import CKernels
import Models

/// Statistics of a hidden layer's pre-activations and derivatives over the samples of evaluation
/// passes.
///
/// A unit is a unit of a dense layer or a channel of a convolution. Its responses are its values
/// for all samples and, for a channel, all positions that the pooling keeps.
package final class LayerObserver {
  /// A derivative below this passes no significant gradient on.
  package static let threshold: Float = 1e-3

  /// PyTorch's name of the layer before the activation: `conv1`, `fc1`.
  package let name: String
  /// The tensors trained between the previous activation and this one, which is included.
  package let tensors: [ParameterArena.View]
  /// A learned parameter of an activation, by its name in a config.
  package typealias Learned = (parameter: String, view: ParameterArena.View)

  /// The activation's learned parameters; of one that the network shares only the first layer has it.
  package let learned: [Learned]
  /// Each unit's largest absolute derivative over all its responses.
  package let largestDerivatives: AlignedBuffer<Float>
  package private(set) var responses = 0
  /// Number of responses whose absolute derivative is below the threshold.
  package private(set) var saturated = 0
  private let sums = AlignedBuffer<Double>(count: 2)
  private let kernels: srelu_kernels

  init(_ part: ObservedPart, units: Int, arena: ParameterArena, kernels: srelu_kernels) {
    name = part.name
    tensors = part.tensors.map(arena.view)
    learned = part.learned.map { ($0.parameter, arena.view($0.tensor)) }
    self.kernels = kernels
    largestDerivatives = AlignedBuffer(count: units)
  }

  package var units: Int { largestDerivatives.count }
  /// Sum of the pre-activations.
  package var sum: Double { sums.base[0] }
  package var sumOfSquares: Double { sums.base[1] }

  /// Both sums since they were last taken.
  package func takeSums() -> [Double] {
    defer { sums.elements.update(repeating: 0) }
    return [sum, sumOfSquares]
  }

  package func reset() {
    (responses, saturated) = (0, 0)
    largestDerivatives.elements.update(repeating: 0)
    sums.elements.update(repeating: 0)
  }

  /// Adds rows of pre-activations, one value per channel.
  func see(rows: Int, values: UnsafePointer<Float>) {
    responses += rows * units
    kernels.moments(rows * units, values, sums.base)
  }

  /// Adds products in sample panels, plus the bias.
  func see(samples: Int, panels: UnsafePointer<Float>, bias: UnsafePointer<Float>) {
    responses += samples * units
    kernels.panel_moments(samples, units, panels, bias, sums.base)
  }

  /// Adds derivatives in rows of one value per channel.
  func see(rows: Int, derivatives: UnsafePointer<Float>) {
    saturated += kernels.derivative_extent(
      rows, units, units, derivatives, Self.threshold, largestDerivatives.base)
  }

  /// Adds derivatives in unit panels.
  func see(samples: Int, derivativePanels: UnsafePointer<Float>) {
    let panel = Int(kernels.panel)
    for first in stride(from: 0, to: units, by: panel) {
      saturated += kernels.derivative_extent(
        samples, min(panel, units - first), panel, derivativePanels + first * samples,
        Self.threshold, largestDerivatives.base + first)
    }
  }
}

/// The layers of a network from one activation to the next, by name.
struct ObservedPart {
  let name: String
  let tensors: [String]
  let learned: [(parameter: String, tensor: String)]

  /// The parts of a network that end in an activation, first to last. A part is named after the
  /// last layer with tensors before its activation.
  static func all(of layers: [PlannedLayer]) -> [ObservedPart] {
    var parts: [ObservedPart] = []
    var (name, tensors): (String?, [String]) = (nil, [])
    for layer in layers {
      let own = layer.tensors.map(layer.name)
      tensors += own
      guard case .activation(let activation) = layer.spec else {
        if !own.isEmpty { name = layer.name }
        continue
      }
      let names = Dictionary(
        activation.function.learned.map { ($0.name, $0.parameter) }, uniquingKeysWith: { $1 })
      let learned = layer.tensors.map { (names[$0.suffix] ?? $0.suffix, layer.name(of: $0)) }
      parts.append(ObservedPart(name: name ?? layer.name, tensors: tensors, learned: learned))
      (name, tensors) = (nil, [])
    }
    return parts
  }
}
