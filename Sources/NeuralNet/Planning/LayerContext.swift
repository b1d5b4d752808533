import CKernels
import Models

/// What all layers of a network are planned with.
struct LayerContext {
  /// The most samples of a batch, and of a run.
  let capacity: Int
  var run: Int
  let seed: UInt64
  let kernels: srelu_kernels
  let precision: Precision
  /// Whether convolutions go through matrix products, whatever their shape.
  let general: Bool
  let recorder: RecorderHolder
  let reduction: ReductionHolder
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

/// Adds up sums over the samples of every rank's share of a batch, in place: the same bits on all ranks,
/// which call it the same number of times with as many values.
public typealias SampleReduction = (UnsafeMutableBufferPointer<Double>) -> Void

/// Where layers that couple samples find the reduction over ranks; alone, what a rank has is the sum.
final class ReductionHolder {
  var reduction: SampleReduction?

  func sum(_ values: UnsafeMutableBufferPointer<Double>) { reduction?(values) }
}

/// Where a network's layers find whoever times them.
final class RecorderHolder {
  var recorder: OperationRecorder?
}
