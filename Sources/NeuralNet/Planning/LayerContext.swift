import CKernels
import Models

/// What all layers of a network are planned with.
struct LayerContext {
  /// The most samples of a batch, and of a run.
  let capacity: Int
  var run: Int
  let seed: UInt64
  let kernels: srelu_kernels
  let compute: Compute
  /// Whether convolutions go through matrix products, whatever their shape.
  let general: Bool
  /// The tensors' places in the arena, or in its state, by name.
  let places: [String: Int]

  /// The place of a layer's tensor.
  func place(_ layer: PlannedLayer, _ suffix: String) -> Int {
    guard let place = places["\(layer.name).\(suffix)"] else {
      preconditionFailure("\(layer.name) has no \(suffix)")
    }
    return place
  }

  /// The place of an activation's slopes; nil where it has none.
  func slopes(_ layer: PlannedLayer) -> Int? { places["\(layer.name).weight"] }
}
