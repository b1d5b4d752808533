import CKernels

/// Builds a network's layers, with PyTorch's names: conv1 act1 conv2 act2 fc1 act3 fc2 act4 fc3.
struct NetworkPlan {
  let spec: NetworkSpec
  let capacity: Int
  let seed: UInt64
  let kernels: srelu_kernels
  let general: Bool
  var places = TensorPlaces()

  init(spec: NetworkSpec, capacity: Int, seed: UInt64, kernels: srelu_kernels, general: Bool) {
    self.spec = spec
    self.capacity = capacity
    self.seed = seed
    self.kernels = kernels
    self.general = general
  }

  /// All layers, first to last.
  mutating func layers() -> [any Layer] {
    var layers: [any Layer] = []
    var shape = spec.input
    for convolution in spec.convolutions {
      let geometry = ConvolutionGeometry(input: shape, convolution)
      let index = layers.count + 1
      layers.append(
        ConvolutionLayer(
          name: "conv\(index)", index: index, geometry: geometry, capacity: capacity,
          stage: stage(
            index: index, rows: geometry.pooled.height * geometry.pooled.width,
            width: geometry.pooled.channels),
          kernels: kernels, general: general, places: &places))
      shape = geometry.pooled
    }
    var inputs = shape.count
    for (number, units) in (spec.hidden + [spec.outputs]).enumerated() {
      let index = layers.count + 1
      let isHidden = number < spec.hidden.count
      layers.append(
        DenseLayer(
          name: "fc\(number + 1)", index: index, inputs: inputs, outputs: units,
          capacity: capacity, stage: isHidden ? stage(index: index, rows: 1, width: units) : nil,
          kernels: kernels, places: &places))
      inputs = units
    }
    return layers
  }

  private func stage(index: Int, rows: Int, width: Int) -> ActivationStage {
    ActivationStage(
      spec.activation, rows: rows, width: width, index: index, dropout: spec.dropout, seed: seed,
      capacity: capacity, kernels: kernels)
  }
}
