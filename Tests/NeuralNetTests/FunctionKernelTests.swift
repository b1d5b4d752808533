import CKernels
import Formulas
import Foundation
import NeuralNet
import Testing

/// The kernels' elementary functions against the C library's in Double, over all exponents.
@Suite struct FunctionKernelTests {
  struct Function: Sendable {
    let name: String
    let exact: @Sendable (Double) -> Double
  }

  private static let functions: [Function] = [
    Function(name: "EXP", exact: { exp($0) }), Function(name: "DECAY", exact: { exp(-abs($0)) }),
    Function(name: "EXPM1", exact: { expm1($0) }), Function(name: "LOG", exact: { log($0) }),
    Function(name: "LOG1P", exact: { log1p($0) }), Function(name: "SIN", exact: { sin($0) }),
    Function(name: "COS", exact: { cos($0) }), Function(name: "ATAN", exact: { atan($0) }),
    Function(name: "TANH", exact: { tanh($0) }), Function(name: "ERF", exact: { erf($0) }),
    Function(name: "NORMCDF", exact: { 0.5 * erfc(-$0 * 0.5.squareRoot()) }),
    Function(name: "SQRT", exact: { $0.squareRoot() }),
    Function(name: "SIGMOID", exact: sigmoid), Function(name: "MIRRORED_SIGMOID") { sigmoid(-$0) },
    Function(name: "SOFTPLUS", exact: softplus),
    Function(name: "TANH_SOFTPLUS") { tanh(softplus($0)) },
  ]
  /// Operations whose second operand is exp(-|x|).
  private static let ofDecay: Set = ["SIGMOID", "MIRRORED_SIGMOID", "SOFTPLUS", "TANH_SOFTPLUS"]

  private static func sigmoid(_ x: Double) -> Double {
    x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x))
  }

  private static func softplus(_ x: Double) -> Double {
    max(x, 0) + (x.isNaN ? x : log1p(exp(-abs(x))))
  }

  /// The results of one operation on some values; `b` is its second operand.
  private static func run(
    _ name: String, _ x: [Float], b: Float? = nil, _ set: InstructionSet
  ) -> [Float] {
    var operation = SRELU_OPERATION_ADD
    #expect(srelu_operation_named(name, &operation))
    let kernels = set.kernels
    var y = [Float](repeating: .nan, count: x.count)
    // Operands: x, the result, the constant.
    let takesDecay = ofDecay.contains(name)
    let instructions = [
      srelu_instruction(
        operation: UInt16(SRELU_OPERATION_DECAY.rawValue), target: 1, a: 0, b: 0, c: 0),
      srelu_instruction(
        operation: UInt16(operation.rawValue), target: 1, a: 0, b: takesDecay ? 1 : 2, c: 0),
    ].suffix(takesDecay ? 2 : 1)
    var constants = [b ?? 0]
    instructions.withUnsafeBufferPointer { instructions in
      constants.withUnsafeMutableBufferPointer { constants in
        var program = srelu_program(
          instructions: instructions.baseAddress, count: instructions.count, registers: 2,
          learned: 0, constant_count: 1, constants: constants.baseAddress, value: 1, derivative: 0,
          gradients: nil)
        var scratch = [Float](repeating: 0, count: kernels.program_scratch_count(&program))
        kernels.program_rows(
          &program, 1, 1, x.count, x, nil, nil, &y, nil, nil, &scratch, nil)
      }
    }
    return y
  }

  /// Floats of every exponent and both signs, some hundreds each.
  private static let inputs: [Float] =
    (0..<512).flatMap { exponent in
      (0..<200).map { index in
        Float(bitPattern: UInt32(exponent) << 23 | UInt32(index) &* 0x9E37_79B1 & 0x7fffff)
      }
    } + stride(from: -40, through: 40, by: 0.0007).map { Float($0) }

  private static func unitsApart(_ found: Float, _ exact: Double) -> Double {
    abs(Double(found) - exact) / Double(Float(exact).ulp)
  }

  @Test(arguments: functions)
  func withinTwoUnits(_ function: Function) {
    let found = Self.run(function.name, Self.inputs, .widest)
    for (x, y) in zip(Self.inputs, found) {
      let exact = function.exact(Double(x))
      let rounded = Float(exact)
      let isRight =
        if exact.isNaN {
          y.isNaN
        } else if rounded.isInfinite {
          y == rounded || y.magnitude == Float.greatestFiniteMagnitude
        } else if abs(exact) < Double(Float.leastNormalMagnitude) {
          abs(Double(y) - exact) <= 8 * Double(Float.leastNonzeroMagnitude)
        } else {
          // A function of a function may err by one more.
          Self.unitsApart(y, exact) <= (function.name == "TANH_SOFTPLUS" ? 3 : 2)
        }
      guard isRight else {
        Issue.record("\(function.name)(\(x)) = \(y), not \(exact)")
        return
      }
    }
  }

  @Test(arguments: [-2.5, -2, -0.5, 0, 0.3, 0.5, 1, 2, 3, 7.7, 41] as [Float])
  func powers(_ exponent: Float) {
    for (x, y) in zip(Self.inputs, Self.run("POWER", Self.inputs, b: exponent, .widest)) {
      let exact = pow(Double(x), Double(exponent))
      let isNormal = abs(exact) >= Double(Float.leastNormalMagnitude)
      let isRight =
        exact.isNaN
        ? y.isNaN
        : Float(exact).isInfinite
          ? y == Float(exact)
          : isNormal ? Self.unitsApart(y, exact) <= 2 : abs(Double(y) - exact) <= 1.2e-44
      guard isRight else {
        Issue.record("\(x)^\(exponent) = \(y), not \(exact)")
        return
      }
    }
  }

  /// Limits, signs of zero, NaN.
  @Test(arguments: functions)
  func specialValues(_ function: Function) {
    let inputs: [Float] = [.infinity, -.infinity, 0, -0.0, .nan]
    for (x, y) in zip(inputs, Self.run(function.name, inputs, .widest)) {
      let exact = Float(function.exact(Double(x)))
      #expect(
        exact.isNaN ? y.isNaN : y == exact && (y.sign == exact.sign || y != 0),
        "\(function.name)(\(x)) = \(y)")
    }
  }

  @Test(arguments: functions)
  func everyInstructionSetHasTheSameBits(_ function: Function) {
    let bits = InstructionSet.available.map { set in
      Self.run(function.name, Self.inputs, set).map { $0.isNaN ? 1 : $0.bitPattern }
    }
    for other in bits.dropFirst() { #expect(other == bits[0]) }
  }

  /// Whoever looks at the derivatives sees the same values.
  @Test(arguments: ReferenceFormula.all)
  func derivativesDontChangeValues(_ f: ReferenceFormula) {
    for spec in Specs.all(f.activation, dropout: 0) {
      let network = Network(spec, capacity: 4, seed: 3)
      Batch(spec, count: 4, seed: 5).fill(network)
      network.forward(count: 4, mode: .evaluation)
      let plain = network.logitRows(4).map(\.bitPattern)
      network.isObserved = true
      network.forward(count: 4, mode: .evaluation)
      #expect(network.logitRows(4).map(\.bitPattern) == plain)
      network.forward(count: 4, mode: .training(step: 1, firstSlot: 0))
      #expect(network.logitRows(4).map(\.bitPattern) == plain)
    }
  }

  /// Whole programs too, in both layouts, with learned parameters and dropout.
  @Test(arguments: ReferenceFormula.all)
  func everyInstructionSetHasTheSameActivations(_ f: ReferenceFormula) {
    let layers: [LayerSpec] = [
      .activation(ActivationLayer(f.activation)), .dropout(Dropout(0.3)),
    ]
    var bits: [[UInt32]] = []
    for set in InstructionSet.available {
      let count = 37
      let spec = NetworkSpec(
        input: ImageShape(height: 1, width: 1, channels: count),
        layers: layers + [.dense(Dense(units: 3))], classes: 3)
      let network = Network(spec, capacity: 3, seed: 1, compute: Compute(set))
      for i in 0..<3 * count { network.input.base[i] = Float(i - 50) * 0.173 }
      // What the dense layer reads, seen through single weights.
      var seen: [UInt32] = []
      for unit in 0..<count {
        let weights = network.arena.parameters(of: network.arena.view("fc1.weight"))
        weights.update(repeating: 0)
        for output in 0..<3 { weights[output * count + unit] = 1 }
        network.forward(count: 3, mode: .training(step: 5, firstSlot: 2))
        seen += (0..<9).map { network.logits[$0].bitPattern }
      }
      bits.append(seen)
    }
    for other in bits.dropFirst() { #expect(other == bits[0]) }
  }
}
