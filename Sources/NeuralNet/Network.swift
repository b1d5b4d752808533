import CKernels

/// A network with every buffer planned for up to `capacity` samples at a time: nothing is allocated
/// by a pass.
///
/// A training step is: fill `input` and `labels`, `forward`, `backward`, average the gradients in
/// `arena`, `Adam.step`.
public final class Network {
  /// The network's shape.
  public let spec: NetworkSpec
  /// The most samples of one pass.
  public let capacity: Int
  /// Parameters, gradients and moments.
  public let arena: ParameterArena
  /// `capacity` samples, each `spec.input` in NHWC order; the caller fills the first ones.
  public let input: AlignedBuffer<Float>
  /// `capacity` class numbers; the caller fills the first ones.
  public let labels: AlignedBuffer<UInt8>
  /// The classes that the last `backward` or `loss` predicted.
  public let predictions: AlignedBuffer<UInt8>
  /// The kernels in use.
  public let instructionSet: InstructionSet
  let layers: [any Layer]
  private let kernels: srelu_kernels
  private let gradientIn: AlignedBuffer<Float>
  private let gradientOut: AlignedBuffer<Float>

  /// Plans a network and draws its weights from `seed`.
  ///
  /// Traps if `spec.flaw` isn't nil. `generalConvolutions` sends every convolution through matrix
  /// products, which is slower and gives the same result to rounding.
  public init(
    _ spec: NetworkSpec, capacity: Int, seed: UInt64,
    instructionSet: InstructionSet = .widest, generalConvolutions: Bool = false
  ) {
    precondition(spec.flaw == nil, spec.flaw ?? "")
    precondition(capacity > 0, "a capacity of \(capacity) samples")
    spec.activation.requireValid()
    var plan = NetworkPlan(
      spec: spec, capacity: capacity, seed: seed, kernels: instructionSet.kernels,
      general: generalConvolutions)
    layers = plan.layers()
    self.spec = spec
    self.capacity = capacity
    self.instructionSet = instructionSet
    kernels = instructionSet.kernels
    arena = ParameterArena(plan.places.tensors)
    input = AlignedBuffer(count: capacity * spec.input.count)
    labels = AlignedBuffer(count: capacity)
    predictions = AlignedBuffer(count: capacity)
    let widest = layers.map(\.output.count).max() ?? 0
    gradientIn = AlignedBuffer(count: widest)
    gradientOut = AlignedBuffer(count: widest)
    for layer in layers { layer.initialize(arena, seed: seed) }
  }

  /// Copies rows `indices` of `pixels`, scaled by `scale`, into the first rows of `input`.
  public func gather(
    pixels: UnsafePointer<UInt8>, indices: UnsafeBufferPointer<UInt32>, scale: Float
  ) {
    precondition(indices.count <= capacity, "\(indices.count) samples for \(capacity) places")
    guard let base = indices.baseAddress else { return }
    kernels.gather_bytes(indices.count, spec.input.count, base, pixels, scale, input.base)
  }

  /// Copies rows `indices` of `features` into the first rows of `input`.
  public func gather(features: UnsafePointer<Float>, indices: UnsafeBufferPointer<UInt32>) {
    precondition(indices.count <= capacity, "\(indices.count) samples for \(capacity) places")
    let length = spec.input.count
    for (row, index) in indices.enumerated() {
      (input.base + row * length).update(from: features + Int(index) * length, count: length)
    }
  }

  /// Computes the logits of the first `count` samples.
  public func forward(count: Int, mode: PassMode) {
    precondition(count <= capacity, "\(count) samples for \(capacity) places")
    let pass = Pass(count: count, mode: mode)
    var values = UnsafePointer(input.base)
    for layer in layers {
      layer.forward(pass, input: values, arena: arena)
      values = UnsafePointer(layer.output.base)
    }
  }

  /// The last `forward`'s logits: rows of `spec.outputs`.
  public var logits: UnsafeMutablePointer<Float> { layers[layers.count - 1].output.base }

  /// The summed loss of the last `forward`'s first `count` samples; fills `predictions`.
  public func loss(count: Int) -> Double { loss(count: count, scale: 0, gradient: nil) }

  /// After `forward` in training mode: the summed loss, and into the arena the gradient of
  /// (summed loss) / `globalBatch` by every parameter, zeros for no samples. Fills `predictions`.
  public func backward(count: Int, globalBatch: Int) -> Double {
    // The matrix library leaves the result of an empty product as it was.
    guard count > 0 else {
      arena.gradients.update(repeating: 0)
      return 0
    }
    var upstream = gradientOut.base
    var downstream = gradientIn.base
    let total = loss(count: count, scale: 1 / Float(globalBatch), gradient: upstream)
    for index in layers.indices.reversed() {
      let first = index == 0
      layers[index].backward(
        count: count, input: first ? input.base : layers[index - 1].output.base,
        outputGradient: upstream, inputGradient: first ? nil : downstream, arena: arena)
      swap(&upstream, &downstream)
    }
    return total
  }

  private func loss(count: Int, scale: Float, gradient: UnsafeMutablePointer<Float>?) -> Double {
    spec.outputs == 1
      ? srelu_sigmoid_cross_entropy(
        count, logits, labels.base, scale, predictions.base, gradient)
      : srelu_softmax_cross_entropy(
        count, spec.outputs, logits, labels.base, scale, predictions.base, gradient)
  }

  /// Which convolutions run through the direct kernels, first to last.
  package var directConvolutions: [Bool] {
    layers.compactMap { ($0 as? ConvolutionLayer)?.isDirect }
  }
}
