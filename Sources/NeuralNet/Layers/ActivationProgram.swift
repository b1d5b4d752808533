import CKernels
import Formulas

/// A formula's program in the kernels' form, with the memory that it runs in.
final class ActivationProgram {
  private(set) var program: srelu_program
  let scratch: AlignedBuffer<Float>
  private let instructions: AlignedBuffer<srelu_instruction>
  private let constants: AlignedBuffer<Float>
  private let gradients: AlignedBuffer<UInt16>

  init(_ source: FormulaProgram, kernels: srelu_kernels) {
    instructions = AlignedBuffer(count: source.instructions.count)
    constants = AlignedBuffer(count: source.constants.count)
    gradients = AlignedBuffer(count: source.gradients.count)
    for (index, instruction) in source.instructions.enumerated() {
      var operation = SRELU_OPERATION_ADD
      guard srelu_operation_named(instruction.operation.rawValue, &operation) else {
        preconditionFailure("no kernel computes \(instruction.operation)")
      }
      instructions.base[index] = srelu_instruction(
        operation: UInt16(operation.rawValue), target: UInt16(instruction.target),
        a: UInt16(instruction.a), b: UInt16(instruction.b), c: UInt16(instruction.c))
    }
    _ = constants.elements.update(fromContentsOf: source.constants)
    _ = gradients.elements.update(fromContentsOf: source.gradients.map(UInt16.init))
    program = srelu_program(
      instructions: instructions.base, count: source.instructions.count,
      registers: source.registerCount, learned: source.learned.count,
      constant_count: source.constants.count, constants: constants.base,
      value: UInt16(source.value), derivative: UInt16(source.derivative ?? 0),
      gradients: gradients.base)
    scratch = AlignedBuffer(count: kernels.program_scratch_count(&program))
  }
}
