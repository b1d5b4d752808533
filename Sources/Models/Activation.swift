import Formulas

/// An activation function with its constants: a kernel or a formula's program, and its shape.
///
/// SReLU(α, β) is αx for x > 0 and β(eˣ − 1) otherwise. `elu(alpha: β)` and
/// `srelu(alpha: 1, beta: β)` are one function, computed by one kernel and equal bit for bit.
/// SReLU is differentiable at 0 only if α = β; here the derivative at 0 is the left one.
public struct Activation: Hashable, Sendable {
  /// A function's shape, which decides whether max-pooling may come before it.
  public enum Shape: Hashable, Sendable {
    /// Nondecreasing: max-pooling before it equals max-pooling after it.
    case monotone
    /// Falls, then rises: its maximum over a window is at the window's largest or smallest value.
    case valley
    /// Anything else: pooling must come after it.
    case other
  }

  /// A parameter that is learned, with its tensor's name and where its values are shared.
  public struct Learned: Hashable, Sendable {
    /// What has one value of the parameter.
    public enum Scope: String, CaseIterable, Codable, Sendable {
      /// The whole network.
      case network = "per-network"
      /// Each activation layer.
      case layer = "per-layer"
      /// Each channel of an image, each unit of a dense layer.
      case channel = "per-channel"
      /// Each unit; of an image each channel of each pixel.
      case unit = "per-unit"
    }

    /// The tensor's suffix.
    public var name: String
    /// What a config calls it.
    public var parameter: String
    /// Its value before the first step.
    public var initial: Float
    /// What has one value of it.
    public var scope: Scope
    /// The values that it is kept within after each step; nil for any.
    public var bounds: ClosedRange<Float>?

    /// A learned parameter, by default without bounds, whose tensor is called as it is.
    public init(
      _ name: String, parameter: String? = nil, initial: Float, scope: Scope,
      bounds: ClosedRange<Float>? = nil
    ) {
      self.name = name
      self.parameter = parameter ?? name
      self.initial = initial
      self.scope = scope
      self.bounds = bounds
    }
  }

  package enum Kernel: Hashable, Sendable {
    /// A hand-written kernel by its name, with its constants.
    case named(String, alpha: Float = 0, beta: Float = 0)
    /// Programs of the value alone and of the value with all derivatives.
    case program(value: FormulaProgram, derivatives: FormulaProgram)
  }

  package let kernel: Kernel
  /// The learned parameters, in the kernel's order.
  package let learned: [Learned]
  /// The shape, whatever the learned parameters become; hand-written kernels' learned slopes are
  /// checked when used.
  package let shape: Shape

  /// Of a valley: the inputs up to which it doesn't rise, and from which it doesn't fall.
  /// Infinities where that depends on a learned parameter.
  package let fallsUntil: Float
  package let risesFrom: Float

  package init(
    _ kernel: Kernel, learned: [Learned] = [], shape: Shape = .monotone,
    fallsUntil: Float = -.infinity, risesFrom: Float = .infinity
  ) {
    self.kernel = kernel
    self.learned = learned
    self.shape = shape
    self.fallsUntil = fallsUntil
    self.risesFrom = risesFrom
  }

  /// A formula with its parameters, each a number or learned.
  ///
  /// - Parameter parameters: in the formula's order; a learned parameter is known by its range.
  /// - Throws: `FormulaError` if the formula is too large for a program.
  public init(
    _ formula: Formula, _ parameters: [FormulaParameter]
  ) throws(FormulaError) {
    let values = parameters.map { if case .fixed(let value) = $0 { value } else { Double?.none } }
    let ranges = parameters.map(\.range)
    let learned = parameters.compactMap {
      if case .learned(let learned, _) = $0 { learned } else { Learned?.none }
    }
    let course = formula.course(ranges)
    self.init(
      .program(
        value: try formula.program(values, derivatives: false),
        derivatives: try formula.program(values, derivatives: true)),
      learned: learned, shape: Shape(course.shape), fallsUntil: course.fallsUntil,
      risesFrom: course.risesFrom)
  }

  /// Whether a max-pooling that comes after it may select each window's value before it. No hand-written
  /// kernel compares all values of a window.
  package var allowsEarlyPooling: Bool {
    if case .named = kernel { shape != .other } else { true }
  }

  /// max(x, 0).
  public static let relu = leakyReLU(slope: 0)

  /// x for x > 0, `slope`·x otherwise.
  public static func leakyReLU(slope: Float) -> Activation {
    Activation(.named("LEAKY", alpha: slope), shape: slope >= 0 ? .monotone : .valley)
  }

  /// Leaky ReLU with a learned slope per dense unit or convolution channel (He et al. 2015).
  public static func parametricReLU(initialSlope: Float) -> Activation {
    Activation(
      .named("PARAMETRIC"),
      // PyTorch's name.
      learned: [
        Learned("weight", parameter: "slope", initial: initialSlope, scope: .channel)
      ])
  }

  /// x for x > 0, `alpha`·(eˣ − 1) otherwise (Clevert et al. 2016).
  public static func elu(alpha: Float) -> Activation { srelu(alpha: 1, beta: alpha) }

  /// x·Φ(x), exactly (Hendrycks & Gimpel 2016).
  public static let gelu = Activation(
    .named("GELU"), shape: .valley, fallsUntil: -0.76, risesFrom: -0.75)

  /// `alpha`·x for x > 0, `beta`·(eˣ − 1) otherwise.
  public static func srelu(alpha: Float, beta: Float) -> Activation {
    Activation(
      .named("EXPONENTIAL", alpha: alpha, beta: beta),
      shape: alpha > 0 ? beta >= 0 ? .monotone : .valley : .other)
  }

  /// 1 / (1 + e⁻ˣ).
  public static let sigmoid = Activation(.named("SIGMOID"))
  /// The hyperbolic tangent.
  public static let tanh = Activation(.named("TANH"))
}

/// A formula's parameter as an activation uses it.
public enum FormulaParameter: Hashable, Sendable {
  case fixed(Double)
  /// With all values that it may take.
  case learned(Activation.Learned, ClosedRange<Double>)

  var range: ClosedRange<Double> {
    switch self {
    case .fixed(let value): value...value
    case .learned(_, let range): range
    }
  }
}

extension Activation.Shape {
  init(_ shape: FormulaShape) {
    switch shape {
    case .nondecreasing: self = .monotone
    case .valley: self = .valley
    case .other: self = .other
    }
  }
}
