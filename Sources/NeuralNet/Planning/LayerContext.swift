import CKernels
import Models

/// What all layers of a network are planned with.
struct LayerContext {
  /// The most samples of a batch, and of a run.
  let capacity: Int
  var run: Int
  /// The most samples of a global batch, and the most shards of one that this rank takes.
  let batch: Int
  let shards: Int
  let memory: BatchMemory
  let seed: UInt64
  let kernels: srelu_kernels
  let compute: Compute
  /// Whether convolutions go through matrix products, whatever their shape.
  let general: Bool
  /// The tensors' places in the arena, or in its state, by name.
  let places: [String: Int]
  /// The small tensors' places in `ShardSums`, by name.
  let sums: [String: Int]

  /// The place of a layer's tensor.
  func place(_ layer: PlannedLayer, _ suffix: String) -> Int {
    guard let place = places["\(layer.name).\(suffix)"] else {
      preconditionFailure("\(layer.name) has no \(suffix)")
    }
    return place
  }

  /// The place of the sum of a layer's small tensor.
  func sum(_ layer: PlannedLayer, _ suffix: String) -> Int {
    guard let place = sums["\(layer.name).\(suffix)"] else {
      preconditionFailure("\(layer.name) has no small \(suffix)")
    }
    return place
  }

  /// The tensors of an activation's learned parameters, in order.
  func learned(_ layer: PlannedLayer) -> [LearnedTensor] {
    layer.spec.kind.tensors(for: layer.input).map { spec in
      let name = layer.name(of: spec)
      return LearnedTensor(
        place: places[name] ?? 0, sum: sums[name] ?? 0, count: spec.shape.reduce(1, *))
    }
  }
}

/// Where an activation's learned parameter lies in the arena, and its sum in `ShardSums`.
struct LearnedTensor {
  let place: Int
  let sum: Int
  let count: Int
}
