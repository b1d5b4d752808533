extension OptimizerSpec {
  /// All optimizers.
  public static let known: [any Optimizer.Type] = [Adam.self, SGD.self]
}

/// Adam (Kingma & Ba 2015) as in Keras: bias-corrected step size, ε added to the uncorrected root.
public struct Adam: Optimizer {
  /// `adam`.
  public static let name = "adam"
  /// A one-line description.
  public static let purpose = "Adam (Kingma & Ba 2015) in Keras's form."
  /// The running means of the gradients and their squares.
  public static let slots = ["adam.first_moments", "adam.second_moments"]
  /// Both decays and ε, with Keras's defaults.
  public static let settings = [
    OptimizerSetting(
      "beta1", .numbers(0..<0.999_999), default: 0.9, symbol: "β₁",
      "Decay of the running mean of the gradients."),
    OptimizerSetting(
      "beta2", .numbers(0..<0.999_999), default: 0.999, symbol: "β₂",
      "Decay of the running mean of the squared gradients."),
    OptimizerSetting(
      "epsilon", .numbers(1e-30..<1), default: 1e-7, symbol: "ε",
      "Added to the root of that mean before the gradient is divided by it."),
  ]

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
    learningRate: Float = 0.001, beta1: Float? = nil, beta2: Float? = nil, epsilon: Float? = nil
  ) {
    self.init(learningRate: learningRate, settings: [:])
    if let beta1 { self.beta1 = beta1 }
    if let beta2 { self.beta2 = beta2 }
    if let epsilon { self.epsilon = epsilon }
  }

  /// Adam with these settings, the others at their defaults.
  public init(learningRate: Float, settings: [String: Double]) {
    self.learningRate = learningRate
    beta1 = Float(Self.value(of: "beta1", in: settings))
    beta2 = Float(Self.value(of: "beta2", in: settings))
    epsilon = Float(Self.value(of: "epsilon", in: settings))
  }

  /// Returns the rate, both decays and ε.
  public func constants(step: Int) -> SIMD4<Float> {
    SIMD4(rate(step: step), beta1, beta2, epsilon)
  }

  /// Returns the step size at step `step`, counted from 1, with both bias corrections.
  public func rate(step: Int) -> Float {
    let first = 1 - Self.power(Double(beta1), step)
    let second = 1 - Self.power(Double(beta2), step)
    return Float(Double(learningRate) * second.squareRoot() / first)
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

/// Stochastic gradient descent with momentum, optionally Nesterov's (Sutskever et al. 2013), in
/// PyTorch's form: v = momentum·v + g; p −= rate·v, or rate·(g + momentum·v).
public struct SGD: Optimizer {
  /// `sgd`.
  public static let name = "sgd"
  /// A one-line description.
  public static let purpose =
    "Gradient descent with momentum (Sutskever et al. 2013), in PyTorch's form."
  /// The decaying sum of the gradients.
  public static let slots = ["sgd.velocity"]
  /// Momentum, 0 by default, and whether it is Nesterov's.
  public static let settings = [
    OptimizerSetting(
      "momentum", .numbers(0..<1), default: 0, symbol: "μ",
      "Share of the velocity that stays from step to step."),
    OptimizerSetting(
      "nesterov", .flag, default: 0, "Whether the step looks ahead along the velocity."),
  ]

  /// Step size.
  public var learningRate: Float
  /// Share of the velocity that is kept.
  public var momentum: Float
  /// Whether the momentum is Nesterov's.
  public var nesterov: Bool

  /// SGD, without momentum by default.
  public init(learningRate: Float = 0.01, momentum: Float = 0, nesterov: Bool = false) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.nesterov = nesterov
  }

  /// SGD with these settings, the others at their defaults.
  public init(learningRate: Float, settings: [String: Double]) {
    self.init(
      learningRate: learningRate, momentum: Float(Self.value(of: "momentum", in: settings)),
      nesterov: Self.value(of: "nesterov", in: settings) == 1)
  }

  /// Returns the rate, the momentum, and 1 for Nesterov's.
  public func constants(step: Int) -> SIMD4<Float> {
    SIMD4(learningRate, momentum, nesterov ? 1 : 0, 0)
  }
}
