import Foundation
import NeuralNet

/// Activation functions by their definitions, in Double with libm.
enum ReferenceActivation {
  static func value(_ f: Activation, _ x: Double, slope: Double = 0) -> Double {
    let (name, a, b) = parts(f)
    return switch name {
    case "LEAKY": x > 0 ? x : a * x
    case "PARAMETRIC": x > 0 ? x : slope * x
    case "EXPONENTIAL": x > 0 ? a * x : b * expm1(x)
    case "GELU": x * 0.5 * erfc(-x / 2.0.squareRoot())
    case "SIGMOID": 1 / (1 + exp(-x))
    case "TANH": Foundation.tanh(x)
    case "SILU": x / (1 + exp(-x))
    default: preconditionFailure("no reference for \(name)")
    }
  }

  private static func parts(_ f: Activation) -> (name: String, alpha: Double, beta: Double) {
    guard case .named(let name, let alpha, let beta) = f.kernel else {
      preconditionFailure("a formula is its own reference")
    }
    return (name, Double(alpha), Double(beta))
  }

  /// Returns the derivative; the left one at 0.
  static func derivative(_ f: Activation, _ x: Double, slope: Double = 0) -> Double {
    let (name, a, b) = parts(f)
    return switch name {
    case "LEAKY": x > 0 ? 1 : a
    case "PARAMETRIC": x > 0 ? 1 : slope
    case "EXPONENTIAL": x > 0 ? a : b * exp(x)
    case "GELU":
      0.5 * erfc(-x / 2.0.squareRoot()) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
    case "SIGMOID": exp(-abs(x)) / ((1 + exp(-abs(x))) * (1 + exp(-abs(x))))
    case "TANH": 1 / (cosh(x) * cosh(x))
    case "SILU": (1 + x / (1 + exp(x))) / (1 + exp(-x))
    default: preconditionFailure("no reference for \(name)")
    }
  }

  /// Only the kernels and configs know this one.
  static let silu = Activation(.named("SILU"), shape: .valley)

  /// One of each kind, and unusual constants.
  static let all: [Activation] = [
    .relu, .leakyReLU(slope: 0.01), .leakyReLU(slope: -0.2), .parametricReLU(initialSlope: 0.25),
    .parametricReLU(initialSlope: -0.3), .elu(alpha: 1), .gelu, .srelu(alpha: 1, beta: 0.1),
    .srelu(alpha: 1.7, beta: 0.4), .srelu(alpha: 1, beta: -0.3), .sigmoid, .tanh, silu,
  ]
}
