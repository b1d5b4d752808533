import CKernels

/// Builds a network's layers, with PyTorch's names: conv1 act1 conv2 act2 fc1 act3 fc2 act4 fc3.
struct NetworkPlan {
  let spec: NetworkSpec
  let capacity: Int
  let seed: UInt64
  let kernels: srelu_kernels
  let general: Bool
  let precision: Precision
  var places = TensorPlaces()

  init(
    spec: NetworkSpec, capacity: Int, seed: UInt64, kernels: srelu_kernels, general: Bool,
    precision: Precision
  ) {
    self.spec = spec
    self.capacity = capacity
    self.seed = seed
    self.kernels = kernels
    self.general = general
    self.precision = precision
  }

  /// The most samples that go through all convolutions together: as many as leave what lies between
  /// the layers in the cache, and at least four, which the kernels take at a time.
  var run: Int {
    let cached = 1 << 15
    var shape = spec.input
    var largest = shape.count
    for convolution in spec.convolutions {
      shape = ConvolutionGeometry(input: shape, convolution).pooled
      largest = max(largest, shape.count)
    }
    return min(capacity, max(4, cached / largest))
  }

  /// The convolutions, first to last; then come the dense layers.
  mutating func convolutions() -> [ConvolutionLayer] {
    var layers: [ConvolutionLayer] = []
    var shape = spec.input
    for convolution in spec.convolutions {
      let geometry = ConvolutionGeometry(input: shape, convolution)
      let index = layers.count + 1
      layers.append(
        ConvolutionLayer(
          name: "conv\(index)", index: index, geometry: geometry, capacity: capacity, run: run,
          stage: stage(
            index: index, rows: geometry.pooled.height * geometry.pooled.width,
            width: geometry.pooled.channels),
          kernels: kernels, general: general, places: &places))
      shape = geometry.pooled
    }
    return layers
  }

  /// The dense layers behind the convolutions, the last without an activation.
  mutating func denseLayers() -> [DenseLayer] {
    var layers: [DenseLayer] = []
    var inputs = spec.denseInputs
    for (number, units) in (spec.hidden + [spec.outputs]).enumerated() {
      let index = spec.convolutions.count + layers.count + 1
      let isHidden = number < spec.hidden.count
      layers.append(
        DenseLayer(
          name: "fc\(number + 1)", index: index, inputs: inputs, outputs: units,
          capacity: capacity, precision: precision,
          stage: isHidden ? stage(index: index, rows: 1, width: units) : nil, kernels: kernels,
          places: &places))
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
