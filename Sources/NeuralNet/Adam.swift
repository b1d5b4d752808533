import CKernels

/// Adam (Kingma & Ba 2015) in the form that Keras uses: the bias correction goes into the step
/// size, ε is added to the uncorrected root.
public struct Adam: Sendable {
  /// Step size.
  public var learningRate: Float
  /// Decay of the running mean of the gradients.
  public var beta1: Float
  /// Decay of the running mean of the squared gradients.
  public var beta2: Float
  /// Keeps the division finite.
  public var epsilon: Float

  /// Keras's defaults.
  public init(
    learningRate: Float = 0.001, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-7
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }

  /// The step size at step `step`, counted from 1, with both bias corrections.
  public func rate(step: Int) -> Float {
    let first = 1 - Self.power(Double(beta1), step)
    let second = 1 - Self.power(Double(beta2), step)
    return Float(Double(learningRate) * second.squareRoot() / first)
  }

  /// One pass over the network's parameters; `step` counts from 1.
  public func step(_ network: Network, step: Int) {
    self.step(network, step: step, range: 0..<network.arena.parameters.count)
  }

  /// One pass over the parameters at `range`; the moments elsewhere stay as they are.
  package func step(_ network: Network, step: Int, range: Range<Int>) {
    let arena = network.arena
    var parameters: UnsafeMutablePointer<Float>? = arena.parameters.base
    var gradients = UnsafePointer(arena.gradients.baseAddress)
    self.step(
      network, step: step, range: range, replicas: 1, parameters: &parameters,
      gradients: &gradients)
  }

  /// The same with the gradients of several replicas, added up in order: `parameters` are their
  /// arenas' first elements, this network's first, and all receive the result.
  package func step(
    _ network: Network, step: Int, range: Range<Int>, replicas: Int,
    parameters: UnsafePointer<UnsafeMutablePointer<Float>?>,
    gradients: UnsafePointer<UnsafePointer<Float>?>
  ) {
    let arena = network.arena
    var kernel = kernel(step: step)
    kernel.first = arena.firstMoments.base
    kernel.second = arena.secondMoments.base
    kernel.parameters = parameters
    kernel.replicas = replicas
    network.instructionSet.kernels.adam(&kernel, range.lowerBound, range.count, gradients)
  }

  /// The constants of a step, without the pointers.
  func kernel(step: Int) -> srelu_adam {
    srelu_adam(
      first: nil, second: nil, parameters: nil, replicas: 1, rate: rate(step: step), beta1: beta1,
      beta2: beta2, epsilon: epsilon)
  }

  /// base^exponent by repeated squaring.
  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var square = base
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }
}

/// A step of Adam that the weights of dense layers take while their gradient is still in the cache,
/// which spares it the way through memory; the gradient itself is then not kept. For a replica that
/// has nobody to average with.
package struct FusedStep {
  let adam: Adam
  let step: Int

  /// `step` counts from 1.
  package init(_ adam: Adam, step: Int) {
    self.adam = adam
    self.step = step
  }
}
