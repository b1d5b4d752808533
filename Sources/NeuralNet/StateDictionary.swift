import Support

extension Network {
  /// The parameters under PyTorch's names and in its layouts, so that `load_state_dict` on the same
  /// model gives the same logits: channels first in filters, and in the columns of the dense layer
  /// that follows the convolutions.
  public func stateDictionary() -> [NamedTensor] {
    arena.views.map { view in
      let order = layoutOrder(view)
      let values = arena.parameters(of: view)
      return NamedTensor(
        name: view.name, shape: torchShape(view),
        values: order.map { values[$0] })
    }
  }

  /// Sets every parameter from a state dictionary; traps if a tensor is missing or has another shape.
  public func load(_ tensors: [NamedTensor]) {
    let named = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    for view in arena.views {
      guard let tensor = named[view.name], tensor.shape == torchShape(view) else {
        preconditionFailure(
          "\(view.name): expected \(torchShape(view)), got \(named[view.name]?.shape ?? [])")
      }
      let values = arena.parameters(of: view)
      for (position, place) in layoutOrder(view).enumerated() {
        values[place] = tensor.values[position]
      }
    }
  }

  private func torchShape(_ view: ParameterArena.View) -> [Int] {
    let s = view.shape
    return s.count == 4 ? [s[0], s[3], s[1], s[2]] : s
  }

  /// For each position in PyTorch's layout, the place in ours.
  private func layoutOrder(_ view: ParameterArena.View) -> [Int] {
    let s = view.shape
    if s.count == 4 { return channelsFirst(rows: s[0], pixels: s[1] * s[2], channels: s[3]) }
    if view.name == "fc1.weight" {
      let channels = spec.convolutions.last?.filters ?? spec.input.channels
      return channelsFirst(rows: s[0], pixels: s[1] / channels, channels: channels)
    }
    return Array(0..<view.count)
  }

  private func channelsFirst(rows: Int, pixels: Int, channels: Int) -> [Int] {
    var order: [Int] = []
    order.reserveCapacity(rows * pixels * channels)
    for row in 0..<rows {
      for channel in 0..<channels {
        for pixel in 0..<pixels { order.append((row * pixels + pixel) * channels + channel) }
      }
    }
    return order
  }
}
