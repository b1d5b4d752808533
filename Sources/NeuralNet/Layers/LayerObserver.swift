import CKernels
import Models

/// Gathers what a hidden layer's pre-activations and derivatives look like over the samples of
/// evaluation passes, as they go by.
///
/// A unit is a unit of a dense layer or a channel of a convolution. Its responses are its values for
/// all samples, for a channel at all places that the pooling keeps.
package final class LayerObserver {
  /// A derivative smaller than this passes no gradient on that would matter.
  package static let threshold: Float = 1e-3

  /// PyTorch's name of the layer in front of the activation: `conv1`, `fc1`.
  package let name: String
  /// What is trained from the activation before up to this one.
  package let tensors: [ParameterArena.View]
  /// The activation's learned slopes, where it has them.
  package let slopes: ParameterArena.View?
  /// For each unit, the largest size of the derivative over all its responses.
  package let largestDerivatives: AlignedBuffer<Float>
  /// Responses so far.
  package private(set) var responses = 0
  /// Responses whose derivative is smaller in size than the threshold.
  package private(set) var saturated = 0
  private let sums = AlignedBuffer<Double>(count: 2)
  private let kernels: srelu_kernels

  init(_ part: ObservedPart, units: Int, arena: ParameterArena, kernels: srelu_kernels) {
    name = part.name
    tensors = part.tensors.map(arena.view)
    slopes = part.slopes.map(arena.view)
    self.kernels = kernels
    largestDerivatives = AlignedBuffer(count: units)
  }

  /// Number of units.
  package var units: Int { largestDerivatives.count }
  /// The pre-activations added up.
  package var sum: Double { sums.base[0] }
  /// Their squares added up.
  package var sumOfSquares: Double { sums.base[1] }

  /// Forgets what was seen.
  package func reset() {
    (responses, saturated) = (0, 0)
    largestDerivatives.elements.update(repeating: 0)
    sums.elements.update(repeating: 0)
  }

  /// Takes in rows of pre-activations, one value per channel.
  func see(rows: Int, values: UnsafePointer<Float>) {
    responses += rows * units
    kernels.moments(rows * units, values, sums.base)
  }

  /// Takes in products in sample panels, to which the bias comes.
  func see(samples: Int, panels: UnsafePointer<Float>, bias: UnsafePointer<Float>) {
    responses += samples * units
    kernels.panel_moments(samples, units, panels, bias, sums.base)
  }

  /// Takes in derivatives in rows of one value per channel.
  func see(rows: Int, derivatives: UnsafePointer<Float>) {
    saturated += kernels.derivative_extent(
      rows, units, units, derivatives, Self.threshold, largestDerivatives.base)
  }

  /// Takes in derivatives in unit panels.
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
  let slopes: String?

  /// The parts of a network that end in an activation, first to last. A part is called after its last
  /// layer with tensors in front of the activation.
  static func all(of layers: [PlannedLayer]) -> [ObservedPart] {
    var parts: [ObservedPart] = []
    var (name, tensors): (String?, [String]) = (nil, [])
    for layer in layers {
      let own = layer.tensors.map { "\(layer.name).\($0.suffix)" }
      tensors += own
      guard case .activation = layer.spec else {
        if !own.isEmpty { name = layer.name }
        continue
      }
      parts.append(ObservedPart(name: name ?? layer.name, tensors: tensors, slopes: own.first))
      (name, tensors) = (nil, [])
    }
    return parts
  }
}
