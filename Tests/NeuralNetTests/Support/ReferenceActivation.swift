import Foundation
import NeuralNet

/// Activation functions from their definitions, in Double and with libm.
enum ReferenceActivation {
  static func value(_ f: Activation, _ x: Double, slope: Double = 0) -> Double {
    switch f {
    case .relu: max(x, 0)
    case .leakyReLU(let a): x > 0 ? x : Double(a) * x
    case .parametricReLU: x > 0 ? x : slope * x
    case .elu(let a): x > 0 ? x : Double(a) * expm1(x)
    case .gelu: x * 0.5 * erfc(-x / 2.0.squareRoot())
    case .srelu(let a, let b): x > 0 ? Double(a) * x : Double(b) * expm1(x)
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: Foundation.tanh(x)
    }
  }

  /// The derivative; at 0 the left one.
  static func derivative(_ f: Activation, _ x: Double, slope: Double = 0) -> Double {
    switch f {
    case .relu: x > 0 ? 1 : 0
    case .leakyReLU(let a): x > 0 ? 1 : Double(a)
    case .parametricReLU: x > 0 ? 1 : slope
    case .elu(let a): x > 0 ? 1 : Double(a) * exp(x)
    case .gelu:
      0.5 * erfc(-x / 2.0.squareRoot()) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
    case .srelu(let a, let b): x > 0 ? Double(a) : Double(b) * exp(x)
    case .sigmoid: exp(-abs(x)) / ((1 + exp(-abs(x))) * (1 + exp(-abs(x))))
    case .tanh: 1 / (cosh(x) * cosh(x))
    }
  }

  /// One of each kind, and constants beyond the usual ones.
  static let all: [Activation] = [
    .relu, .leakyReLU(slope: 0.01), .leakyReLU(slope: -0.2), .parametricReLU(initialSlope: 0.25),
    .parametricReLU(initialSlope: -0.3), .elu(alpha: 1), .gelu, .srelu(alpha: 1, beta: 0.1),
    .srelu(alpha: 1.7, beta: 0.4), .srelu(alpha: 1, beta: -0.3), .sigmoid, .tanh,
  ]
}
