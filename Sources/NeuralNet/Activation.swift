import CKernels

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

  /// The kernel and constants that compute it.
  package var kernel: srelu_activation {
    switch self {
    case .relu: srelu_activation(kind: SRELU_LEAKY, alpha: 0, beta: 0)
    case .leakyReLU(let slope): srelu_activation(kind: SRELU_LEAKY, alpha: slope, beta: 0)
    case .parametricReLU: srelu_activation(kind: SRELU_PARAMETRIC, alpha: 0, beta: 0)
    case .elu(let alpha): srelu_activation(kind: SRELU_EXPONENTIAL, alpha: 1, beta: alpha)
    case .gelu: srelu_activation(kind: SRELU_GELU, alpha: 0, beta: 0)
    case .srelu(let alpha, let beta):
      srelu_activation(kind: SRELU_EXPONENTIAL, alpha: alpha, beta: beta)
    case .sigmoid: srelu_activation(kind: SRELU_SIGMOID, alpha: 0, beta: 0)
    case .tanh: srelu_activation(kind: SRELU_TANH, alpha: 0, beta: 0)
    }
  }

  /// The slopes' first value, where they are learned.
  var initialSlope: Float? {
    if case .parametricReLU(let slope) = self { slope } else { nil }
  }

  /// Whether f never falls, so that max-pooling before it equals max-pooling after it. Every other
  /// function here falls and then rises, so the maximum of f over a window is at the window's
  /// largest or smallest value. Learned slopes are looked at when they are used.
  var isNondecreasing: Bool {
    switch self {
    case .relu, .sigmoid, .tanh, .parametricReLU: true
    case .leakyReLU(let slope): slope >= 0
    case .elu(let alpha): alpha >= 0
    case .srelu(_, let beta): beta >= 0
    case .gelu: false
    }
  }

  /// Traps on constants for which "falls and then rises" doesn't hold.
  func requireValid() {
    if case .srelu(let alpha, _) = self {
      precondition(alpha > 0, "SReLU needs alpha > 0, not \(alpha)")
    }
  }
}
