/// A formula for the kernels: operations on registers that hold a block of values each.
///
/// Operands are numbered: registers first, then learned parameters, then constants. Register 0 holds x,
/// and nothing writes it; an operation may write the register of another operand.
public struct FormulaProgram: Hashable, Sendable {
  /// What a kernel does to a block; the raw value is the kernel's name for it.
  package enum Operation: String, Sendable {
    case add = "ADD"
    case subtract = "SUBTRACT"
    case multiply = "MULTIPLY"
    case divide = "DIVIDE"
    /// a·b + c, rounded once.
    case multiplyAdd = "MULTIPLY_ADD"
    /// c − a·b, rounded once.
    case subtractProduct = "SUBTRACT_PRODUCT"
    case negate = "NEGATE"
    case abs = "ABS"
    case sign = "SIGN"
    case sqrt = "SQRT"
    case exp = "EXP"
    /// exp(−|a|).
    case decay = "DECAY"
    /// 1/(1 + exp(−a)), where b is exp(−|a|), as in the next three.
    case sigmoid = "SIGMOID"
    /// The sigmoid of −a.
    case mirroredSigmoid = "MIRRORED_SIGMOID"
    case softplus = "SOFTPLUS"
    /// tanh(softplus(a)).
    case tanhOfSoftplus = "TANH_SOFTPLUS"
    case expm1 = "EXPM1"
    case log = "LOG"
    case log1p = "LOG1P"
    case sin = "SIN"
    case cos = "COS"
    case atan = "ATAN"
    case tanh = "TANH"
    case erf = "ERF"
    case normcdf = "NORMCDF"
    case power = "POWER"
    /// The comparisons give a mask; the last three hold if either operand is NaN.
    case less = "LESS"
    case lessOrEqual = "LESS_OR_EQUAL"
    case equal = "EQUAL"
    case notLess = "NOT_LESS"
    case notLessOrEqual = "NOT_LESS_OR_EQUAL"
    case notEqual = "NOT_EQUAL"
    /// b where the mask a is set, c elsewhere.
    case choose = "CHOOSE"
  }

  /// An operation, the register that it writes and its operands; unused ones are 0.
  package struct Instruction: Hashable, Sendable {
    package let operation: Operation
    package let target: Int
    package let a: Int
    package let b: Int
    package let c: Int
  }

  package let instructions: [Instruction]
  package let registerCount: Int
  /// The formula's parameters that are learned, by their index in it.
  package let learned: [Int]
  package let constants: [Float]
  /// The operand that holds the value.
  package let value: Int
  /// The operand that holds the derivative; nil in a program without.
  package let derivative: Int?
  /// The operands that hold the derivatives by the learned parameters.
  package let gradients: [Int]
}

extension Formula {
  /// The most registers that a program may use.
  static let mostRegisters = 64
  /// The most operands, so that they fit the kernels' instructions.
  static let mostOperands = 256

  /// Compiles the formula.
  ///
  /// - Parameters:
  ///   - parameters: each parameter's value; nil for one that is learned.
  ///   - derivatives: whether the program computes derivatives beside the value.
  /// - Throws: if the program would need too many registers or operands.
  public func program(
    _ parameters: [Double?], derivatives: Bool
  ) throws(FormulaError) -> FormulaProgram {
    let learned = parameters.indices.filter { parameters[$0] == nil }
    var lowering = Lowering(graph, parameters)
    var roots = [lowering.lowered(value)]
    if derivatives {
      roots.append(lowering.lowered(derivative))
      for parameter in learned { roots.append(lowering.lowered(gradients[parameter])) }
    }
    var allocation = RegisterAllocation(lowering, roots, learned)
    allocation.run()
    guard allocation.registerCount <= Self.mostRegisters,
      allocation.registerCount + learned.count + allocation.constants.count <= Self.mostOperands
    else {
      throw FormulaError(1, "the formula holds too many intermediate values at a time")
    }
    let operands = roots.map { allocation.operand($0) }
    return FormulaProgram(
      instructions: allocation.instructions, registerCount: allocation.registerCount,
      learned: learned, constants: allocation.constants, value: operands[0],
      derivative: derivatives ? operands[1] : nil, gradients: Array(operands.dropFirst(2)))
  }
}
