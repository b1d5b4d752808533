import Models
import Support

extension Network {
  /// Returns the trained tensors and the untrained state under PyTorch's names and in its layouts,
  /// so that `load_state_dict` on the same model gives the same logits: channels first in filters,
  /// and in the columns of the dense layer after the convolutions.
  public func stateDictionary() -> [NamedTensor] {
    arena.tensors.map { view, values in
      NamedTensor(
        name: view.name, shape: view.spec.torchShape,
        values: view.spec.torchOrder.map { values[$0] })
    }
  }

  /// Sets every tensor from a state dictionary; traps if one is missing or has another shape.
  public func load(_ tensors: [NamedTensor]) {
    let named = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    for (view, values) in arena.tensors {
      guard let tensor = named[view.name], tensor.shape == view.spec.torchShape else {
        preconditionFailure(
          "\(view.name): expected \(view.spec.torchShape), got \(named[view.name]?.shape ?? [])")
      }
      for (position, place) in view.spec.torchOrder.enumerated() {
        values[place] = tensor.values[position]
      }
    }
  }
}

extension TensorSpec {
  /// Our index for each position in PyTorch's layout.
  fileprivate var torchOrder: [Int] {
    let count = shape.reduce(1, *)
    guard case .channelsLast(let pixels, let channels) = order else { return Array(0..<count) }
    var places: [Int] = []
    places.reserveCapacity(count)
    for row in 0..<shape[0] {
      for channel in 0..<channels {
        for pixel in 0..<pixels { places.append((row * pixels + pixel) * channels + channel) }
      }
    }
    return places
  }
}
