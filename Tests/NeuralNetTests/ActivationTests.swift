import CKernels
import Formulas
import Foundation
import NeuralNet
import Testing

/// The arguments and results of an activation kernel, over rows of `width` values.
struct ActivationCall {
  var rows = 1
  var width: Int
  var x: [Float]
  var bias: [Float]?
  var slopes: [Float]?
  var y: [Float] = []
  var derivative: [Float] = []
  var negative: [Float] = []

  init(_ f: Activation, width: Int, x: [Float], bias: [Float]? = nil, set: InstructionSet) {
    self.width = width
    self.x = x
    self.bias = bias
    rows = x.count / width
    if let slope = f.learned.first?.initial {
      slopes = (0..<width).map { slope * Float($0 % 3) }
    }
    y = [Float](repeating: 7, count: x.count)
    derivative = y
    negative = y
    var kernel = f.namedKernel
    set.kernels.activate(
      &kernel, 1, rows, width, x, bias, slopes, nil, &y, &derivative, &negative, nil)
  }
}

@Suite struct ActivationTests {
  /// A value of every binary exponent of normal floats up to 13, with both signs.
  private static let magnitudes: [Float] = (-126...13).flatMap { exponent in
    let x = Float(sign: .plus, exponent: exponent, significand: 1.25)
    return [-x, x]
  }

  /// Near 0 a naive exp(x) − 1 would keep no digit of x.
  @Test(arguments: InstructionSet.available)
  func tinyInputsKeepTheirDigits(_ set: InstructionSet) {
    for beta in [0.1, 1, 3] as [Float] {
      let f = Activation.srelu(alpha: 2, beta: beta)
      let x = Self.magnitudes.filter { abs($0) < 1e-2 && abs($0) > 1e-36 }
      let call = ActivationCall(f, width: x.count, x: x, set: set)
      for (i, x) in x.enumerated() {
        let expected = ReferenceActivation.value(f, Double(x))
        #expect(abs(Double(call.y[i]) / expected - 1) < 3e-7, "\(f)(\(x)) = \(call.y[i])")
      }
    }
    for f in [Activation.tanh, .gelu] {
      let x = Self.magnitudes.filter { abs($0) < 1e-2 && abs($0) > 1e-30 }
      let call = ActivationCall(f, width: x.count, x: x, set: set)
      for (i, x) in x.enumerated() {
        let expected = ReferenceActivation.value(f, Double(x))
        #expect(abs(Double(call.y[i]) / expected - 1) < 5e-7, "\(f)(\(x)) = \(call.y[i])")
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func largeInputsReachTheirLimits(_ set: InstructionSet) {
    let x: [Float] = [-1e4, 1e4, -1e20, 1e20]
    func check(_ f: Activation, _ y: [Float], _ derivative: [Float]) {
      let call = ActivationCall(f, width: 4, x: x, set: set)
      // The kernels' exp is clamped at 1.6e-38 instead of reaching 0.
      #expect(zip(call.y, y).allSatisfy { abs($0 - $1) < 1e-37 }, "\(f) \(call.y)")
      #expect(
        zip(call.derivative, derivative).allSatisfy { abs($0 - $1) < 1e-18 },
        "\(f)' \(call.derivative)")
    }
    check(.relu, [0, 1e4, 0, 1e20], [0, 1, 0, 1])
    check(.elu(alpha: 1), [-1, 1e4, -1, 1e20], [0, 1, 0, 1])
    check(.srelu(alpha: 0.5, beta: 0.25), [-0.25, 5e3, -0.25, 5e19], [0, 0.5, 0, 0.5])
    check(.gelu, [0, 1e4, 0, 1e20], [0, 1, 0, 1])
    check(.sigmoid, [0, 1, 0, 1], [0, 0, 0, 0])
    check(.tanh, [-1, 1, -1, 1], [0, 0, 0, 0])
    check(ReferenceActivation.silu, [0, 1e4, 0, 1e20], [0, 1, 0, 1])
  }

  /// The derivative at both zeros is the left one.
  @Test(arguments: InstructionSet.available)
  func zeroBelongsToTheNegativeBranch(_ set: InstructionSet) {
    func derivative(_ f: Activation) -> [Float] {
      let call = ActivationCall(f, width: 2, x: [0, -0.0], set: set)
      if f != .sigmoid { #expect(call.y.allSatisfy { $0 == 0 }, "\(f)") }
      return call.derivative
    }
    #expect(derivative(.relu) == [0, 0])
    #expect(derivative(.leakyReLU(slope: 0.01)) == [0.01, 0.01])
    #expect(derivative(.elu(alpha: 0.7)) == [0.7, 0.7])
    #expect(derivative(.srelu(alpha: 1, beta: 0.1)) == [0.1, 0.1])
    #expect(derivative(.srelu(alpha: 1, beta: -0.3)) == [-0.3, -0.3])
    #expect(derivative(.gelu) == [0.5, 0.5])
    #expect(derivative(.sigmoid) == [0.25, 0.25])
    #expect(derivative(.tanh) == [1, 1])
    #expect(derivative(ReferenceActivation.silu) == [0.5, 0.5])
  }

  @Test(arguments: InstructionSet.available)
  func sreluWithAlphaOneIsELUBitForBit(_ set: InstructionSet) {
    var numbers = Numbers(12)
    var x = Self.magnitudes + [0, -0.0, .infinity, -.infinity, .greatestFiniteMagnitude]
    x += (0..<500).map { _ in Float(numbers.uniform() * 30) }
    for _ in 0..<60 {
      let beta = Float(numbers.uniform() * 4)
      let elu = ActivationCall(.elu(alpha: beta), width: x.count, x: x, set: set)
      let srelu = ActivationCall(.srelu(alpha: 1, beta: beta), width: x.count, x: x, set: set)
      #expect(elu.y.map(\.bitPattern) == srelu.y.map(\.bitPattern), "β = \(beta)")
      #expect(
        elu.derivative.map(\.bitPattern) == srelu.derivative.map(\.bitPattern), "β = \(beta)")
    }
  }

  @Test(arguments: InstructionSet.available, ReferenceActivation.all)
  func nanStaysNaN(_ set: InstructionSet, _ f: Activation) {
    for width in [1, 5, 16, 33] {
      let x = (0..<width).map { $0 % 2 == 0 ? Float.nan : 1 }
      let call = ActivationCall(f, width: width, x: x, set: set)
      for i in x.indices { #expect(call.y[i].isNaN == x[i].isNaN, "\(f) at \(i)") }
    }
  }

  /// Where pooling keeps only the largest value, f must not fall; where it keeps both extremes, f
  /// falls and then rises, so that no value inside a window exceeds both.
  @Test(arguments: InstructionSet.available, ReferenceActivation.all)
  func theMaximumIsAtAnEnd(_ set: InstructionSet, _ f: Activation) {
    let x = (-3000...3000).map { Float($0) / 250 }
    let y: [Float]
    if let slope = f.learned.first?.initial {
      y = ActivationCall(.leakyReLU(slope: slope), width: x.count, x: x, set: set).y
    } else {
      y = ActivationCall(f, width: x.count, x: x, set: set).y
    }
    let bottom = y.indices.min { y[$0] < y[$1] } ?? 0
    // Neighbours may differ by rounding, relative to the largest value around them.
    let rounding: Float = 2e-7
    for i in 1..<y.count {
      let step = y[i] - y[i - 1]
      #expect(i <= bottom ? step <= rounding : step >= -rounding, "\(f) at \(x[i])")
    }
    let isMonotone = (f.learned.first?.initial).map { $0 >= 0 } ?? (f.shape == .monotone)
    #expect((y[bottom] >= y[0] - rounding) == isMonotone, "\(f)")
  }

  /// A value's position in a vector or in a row's end must not matter.
  @Test(arguments: InstructionSet.available, ReferenceActivation.all)
  func everyWidthGivesTheSameBits(_ set: InstructionSet, _ f: Activation) {
    var numbers = Numbers(4)
    for width in [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 47] {
      let rows = 3
      let x = (0..<rows * width).map { _ in Float(numbers.uniform() * 4) }
      let bias = (0..<width).map { _ in Float(numbers.uniform()) }
      let call = ActivationCall(f, width: width, x: x, bias: bias, set: set)
      for i in x.indices {
        let column = i % width
        var single = f
        if let slope = call.slopes?[column] { single = .leakyReLU(slope: slope) }
        let alone = ActivationCall(single, width: 1, x: [x[i] + bias[column]], set: set)
        #expect(call.y[i] == alone.y[0], "\(f) width \(width) at \(i)")
        #expect(call.derivative[i] == alone.derivative[0], "\(f)' width \(width) at \(i)")
        #expect(call.negative[i] == min(x[i] + bias[column], 0), "\(f) width \(width) at \(i)")
      }
    }
  }

  /// Of a kernel and of a program; how long it takes is the machine's affair.
  @Test func whatAFunctionCostsCanBeMeasured() throws {
    let mish = try Activation(try Formula("x * tanh(softplus(x))"), [])
    let own = try Activation(
      try Formula("x > 0 ? x : a * x * exp(x)"),
      [.learned(.init("a", initial: 0.5, scope: .layer), -1...1)])
    for activation in [.relu, .parametricReLU(initialSlope: 0.25), .gelu, mish, own] {
      let time = activation.nanosecondsPerValue()
      #expect(time > 0 && time.isFinite, "\(activation)")
    }
  }
}
