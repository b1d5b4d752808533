import CKernels
import Models

extension Activation {
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
}
