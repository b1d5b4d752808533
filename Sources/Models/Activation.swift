/// An activation function with its constants: a formula of the kernels, and its shape.
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

  package let formula: String
  package let alpha: Float
  package let beta: Float
  /// The slopes' initial value, if learned.
  package let initialSlope: Float?
  /// The shape. Learned slopes are checked when used.
  package let shape: Shape

  package init(
    formula: String, alpha: Float = 0, beta: Float = 0, initialSlope: Float? = nil,
    shape: Shape = .monotone
  ) {
    self.formula = formula
    self.alpha = alpha
    self.beta = beta
    self.initialSlope = initialSlope
    self.shape = shape
  }

  /// max(x, 0).
  public static let relu = leakyReLU(slope: 0)

  /// x for x > 0, `slope`·x otherwise.
  public static func leakyReLU(slope: Float) -> Activation {
    Activation(formula: "LEAKY", alpha: slope, shape: slope >= 0 ? .monotone : .valley)
  }

  /// Leaky ReLU with a learned slope per dense unit or convolution channel (He et al. 2015).
  public static func parametricReLU(initialSlope: Float) -> Activation {
    Activation(formula: "PARAMETRIC", initialSlope: initialSlope)
  }

  /// x for x > 0, `alpha`·(eˣ − 1) otherwise (Clevert et al. 2016).
  public static func elu(alpha: Float) -> Activation { srelu(alpha: 1, beta: alpha) }

  /// x·Φ(x), exactly (Hendrycks & Gimpel 2016).
  public static let gelu = Activation(formula: "GELU", shape: .valley)

  /// `alpha`·x for x > 0, `beta`·(eˣ − 1) otherwise.
  public static func srelu(alpha: Float, beta: Float) -> Activation {
    Activation(
      formula: "EXPONENTIAL", alpha: alpha, beta: beta,
      shape: alpha > 0 ? beta >= 0 ? .monotone : .valley : .other)
  }

  /// 1 / (1 + e⁻ˣ).
  public static let sigmoid = Activation(formula: "SIGMOID")
  /// The hyperbolic tangent.
  public static let tanh = Activation(formula: "TANH")
}
