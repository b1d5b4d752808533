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
  ///
  /// - Returns: whether every gradient was finite.
  @discardableResult
  public func step(_ network: Network, step: Int) -> Bool {
    var findings = StepFindings()
    self.step(
      network, step: step, range: 0..<network.arena.parameters.count, findings: &findings)
    return findings.areGradientsFinite
  }

  /// One pass over the parameters at `range`; the moments elsewhere stay as they are.
  package func step(
    _ network: Network, step: Int, range: Range<Int>,
    findings: UnsafeMutablePointer<StepFindings>
  ) {
    let arena = network.arena
    var parameters: UnsafeMutablePointer<Float>? = arena.parameters.base
    var gradients = UnsafePointer(arena.gradients.baseAddress)
    self.step(
      network, step: step, range: range, replicas: 1, parameters: &parameters,
      gradients: &gradients, findings: findings)
  }

  /// The same with several gradients, added up in order, and several replicas: `parameters` are their
  /// arenas' first elements, this network's first, and all receive the result. They are compared
  /// before they are written. `sources` counts the gradients, `replicas` unless it is given.
  package func step(
    _ network: Network, step: Int, range: Range<Int>, replicas: Int, sources: Int? = nil,
    parameters: UnsafePointer<UnsafeMutablePointer<Float>?>,
    gradients: UnsafePointer<UnsafePointer<Float>?>,
    findings: UnsafeMutablePointer<StepFindings>
  ) {
    let arena = network.arena
    var kernel = kernel(step: step)
    kernel.first = arena.firstMoments.base
    kernel.second = arena.secondMoments.base
    kernel.parameters = parameters
    kernel.replicas = replicas
    kernel.sources = sources ?? replicas
    kernel.report = findings.report
    network.instructionSet.kernels.adam(&kernel, range.lowerBound, range.count, gradients)
  }

  /// The constants of a step, without the pointers.
  func kernel(step: Int) -> srelu_adam {
    srelu_adam(
      first: nil, second: nil, parameters: nil, replicas: 1, sources: 1, rate: rate(step: step),
      beta1: beta1, beta2: beta2, epsilon: epsilon, report: nil)
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

/// What a step of Adam met in the gradients and the replicas: kept along for several passes, and
/// only ever added to.
package struct StepFindings: BitwiseCopyable {
  var raw = srelu_adam_report()

  /// Nothing met yet.
  package init() {}

  /// Whether no gradient was infinite or no number.
  package var areGradientsFinite: Bool { raw.not_finite == 0 }

  /// Where replicas were seen to differ first: the parameter's place in the arena, how many differ
  /// from the first replica there, and the first of these.
  package var difference: (place: Int, count: Int, replica: Int)? {
    raw.differing == 0 ? nil : (raw.place, Int(raw.differing), Int(raw.replica))
  }
}

extension UnsafeMutablePointer<StepFindings> {
  /// As the kernels see it.
  var report: UnsafeMutablePointer<srelu_adam_report> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: srelu_adam_report.self)
  }
}

/// A step of Adam that the weights of dense layers take while their gradient is still in the cache,
/// which spares it the way through memory; the gradient itself is then not kept. For a replica that
/// has nobody to average with.
package struct FusedStep {
  let adam: Adam
  let step: Int
  let findings: UnsafeMutablePointer<StepFindings>

  /// `step` counts from 1; `findings` outlive the step.
  package init(_ adam: Adam, step: Int, findings: UnsafeMutablePointer<StepFindings>) {
    self.adam = adam
    self.step = step
    self.findings = findings
  }
}
