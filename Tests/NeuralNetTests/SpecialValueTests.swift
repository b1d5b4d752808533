import CKernels
import Foundation
import NeuralNet
import Testing

/// Activations at the limits of floats: infinities, NaN, and where the exponential is denormal.
@Suite struct SpecialValueTests {
  private func call(_ f: Activation, _ x: [Float], _ set: InstructionSet) -> ActivationCall {
    ActivationCall(f, width: x.count, x: x, set: set)
  }

  /// The limits of f and f' at -∞ and +∞.
  private static let limits: [(f: Activation, value: [Float], derivative: [Float])] = [
    (.relu, [0, .infinity], [0, 1]),
    (.leakyReLU(slope: 0.01), [-.infinity, .infinity], [0.01, 1]),
    (.leakyReLU(slope: -0.2), [.infinity, .infinity], [-0.2, 1]),
    (.elu(alpha: 1), [-1, .infinity], [0, 1]),
    (.elu(alpha: 0.7), [-0.7, .infinity], [0, 1]),
    (.srelu(alpha: 1, beta: 0.1), [-0.1, .infinity], [0, 1]),
    (.srelu(alpha: 1.5, beta: 0), [0, .infinity], [0, 1.5]),
    (.gelu, [0, .infinity], [0, 1]),
    (.sigmoid, [0, 1], [0, 0]),
    (.tanh, [-1, 1], [0, 0]),
  ]

  @Test(arguments: InstructionSet.available)
  func infinitiesHaveTheirLimits(_ set: InstructionSet) {
    for (f, value, derivative) in Self.limits {
      // In the middle of vectors and at a row's end.
      for width in [2, 16, 19] {
        let x = (0..<width).map { $0 % 2 == 0 ? -Float.infinity : .infinity }
        let call = call(f, x, set)
        for i in x.indices {
          #expect(call.y[i] == value[i % 2], "\(f)(\(x[i])) = \(call.y[i])")
          #expect(call.derivative[i] == derivative[i % 2], "\(f)'(\(x[i])) = \(call.derivative[i])")
        }
      }
    }
  }

  /// Learned slopes, some of them 0.
  @Test(arguments: InstructionSet.available)
  func learnedSlopesAtInfinity(_ set: InstructionSet) {
    let x = [Float](repeating: -.infinity, count: 9)
    let call = call(.parametricReLU(initialSlope: 0.25), x, set)
    for i in x.indices { #expect(call.y[i] == (i % 3 == 0 ? 0 : -.infinity), "unit \(i)") }
  }

  @Test(arguments: InstructionSet.available, ReferenceActivation.all)
  func onlyNaNGivesNaN(_ set: InstructionSet, _ f: Activation) {
    let x: [Float] = [
      .nan, -.infinity, .infinity, 0, -0.0, -.greatestFiniteMagnitude, .greatestFiniteMagnitude,
      -.leastNonzeroMagnitude, .leastNonzeroMagnitude, -1e30, 1e30, -.nan,
    ]
    let call = call(f, x, set)
    for i in x.indices {
      #expect(call.y[i].isNaN == x[i].isNaN, "\(f)(\(x[i])) = \(call.y[i])")
      #expect(x[i].isNaN || call.derivative[i].isFinite, "\(f)'(\(x[i])) = \(call.derivative[i])")
    }
  }

  /// Down to the smallest float: within fifteen roundings, or one step between denormal numbers.
  @Test(arguments: InstructionSet.available)
  func tailsKeepTheirDigits(_ set: InstructionSet) {
    let x = (0..<2000).map { -Float($0) / 100 }
    for (f, scale) in [(.gelu, 1), (.sigmoid, 6)] as [(Activation, Float)] {
      let inputs = x.map { $0 * scale }
      let call = call(f, inputs, set)
      for (i, x) in inputs.enumerated() {
        let value = ReferenceActivation.value(f, Double(x))
        let derivative = ReferenceActivation.derivative(f, Double(x))
        #expect(
          abs(Double(call.y[i]) - value) <= 1.5e-6 * abs(value) + 1.5e-45,
          "\(f)(\(x)) = \(call.y[i]), not \(value)")
        #expect(
          abs(Double(call.derivative[i]) - derivative) <= 6e-7, "\(f)'(\(x))")
      }
    }
  }

  /// A derivative doesn't grow again far out, where the density is 0.
  @Test(arguments: InstructionSet.available)
  func geluIsStraightFarOut(_ set: InstructionSet) {
    let x: [Float] = [1e9, 1e20, 3e38, -1e9, -1e20, -3e38]
    let call = call(.gelu, x, set)
    #expect(call.y == x.map { max($0, 0) })
    #expect(call.derivative == [1, 1, 1, 0, 0, 0])
  }
}
