/// An activation function with its constants.
///
/// SReLU(α, β) is αx for x > 0 and β(eˣ − 1) otherwise. `elu(alpha: β)` and
/// `srelu(alpha: 1, beta: β)` are one function, computed by one kernel and equal bit for bit.
/// SReLU is differentiable at 0 only if α = β; here the derivative at 0 is the left one.
public enum Activation: Hashable, Sendable {
  /// max(x, 0).
  case relu
  /// x for x > 0, `slope`·x otherwise.
  case leakyReLU(slope: Float)
  /// Leaky ReLU whose slopes are learned: one per unit of a dense layer, one per channel of a
  /// convolution (He et al. 2015).
  case parametricReLU(initialSlope: Float)
  /// x for x > 0, `alpha`·(eˣ − 1) otherwise (Clevert et al. 2016).
  case elu(alpha: Float)
  /// x·Φ(x), exactly (Hendrycks & Gimpel 2016).
  case gelu
  /// `alpha`·x for x > 0, `beta`·(eˣ − 1) otherwise.
  case srelu(alpha: Float, beta: Float)
  /// 1 / (1 + e⁻ˣ).
  case sigmoid
  /// The hyperbolic tangent.
  case tanh

  /// The slopes' first value, where they are learned.
  package var initialSlope: Float? {
    if case .parametricReLU(let slope) = self { slope } else { nil }
  }

  /// Whether f never falls, so that max-pooling before it equals max-pooling after it. Every other
  /// function here falls and then rises, so the maximum of f over a window is at the window's
  /// largest or smallest value. Learned slopes are looked at when they are used.
  package var isNondecreasing: Bool {
    switch self {
    case .relu, .sigmoid, .tanh, .parametricReLU: true
    case .leakyReLU(let slope): slope >= 0
    case .elu(let alpha): alpha >= 0
    case .srelu(_, let beta): beta >= 0
    case .gelu: false
    }
  }

  /// Why there is no such function here, where "falls and then rises" doesn't hold; nil otherwise.
  package var flaw: String? {
    if case .srelu(let alpha, _) = self, !(alpha > 0) {
      return "SReLU needs an alpha above 0, not \(alpha)"
    }
    return nil
  }
}
