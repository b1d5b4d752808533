import CKernels
import Formulas
import Models

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

extension Activation {
  /// The kernels' values and derivatives by x; learned parameters are at their initial values.
  package func evaluated(
    at x: [Float], with set: InstructionSet = .widest
  ) -> (values: [Float], derivatives: [Float]) {
    let inputs = AlignedBuffer<Float>(count: x.count)
    _ = inputs.elements.update(fromContentsOf: x)
    let (values, derivatives) = (
      AlignedBuffer<Float>(count: x.count), AlignedBuffer<Float>(count: x.count)
    )
    pass(inputs, values, derivatives, set.kernels)()
    return (Array(values.elements), Array(derivatives.elements))
  }

  /// Computes the values and derivatives of all of `x` whenever it is called.
  func pass(
    _ x: AlignedBuffer<Float>, _ y: AlignedBuffer<Float>, _ derivative: AlignedBuffer<Float>,
    _ kernels: srelu_kernels
  ) -> () -> Void {
    let count = x.count
    switch kernel {
    case .named:
      let kernel = namedKernel
      let slopes = AlignedBuffer<Float>(count: count)
      slopes.elements.update(repeating: learned.first?.initial ?? 0)
      return {
        withUnsafePointer(to: kernel) {
          kernels.activate(
            $0, 1, 1, count, x.base, nil, slopes.base, nil, y.base, derivative.base, nil, nil)
        }
      }
    case .program(_, let source):
      let program = ActivationProgram(source, kernels: kernels)
      let initial = AlignedBuffer<Float>(count: learned.count)
      _ = initial.elements.update(fromContentsOf: learned.map(\.initial))
      let parameters = AlignedBuffer<srelu_parameter>(count: learned.count)
      for index in learned.indices {
        parameters.base[index] = srelu_parameter(values: initial.base + index, period: 1)
      }
      return {
        withExtendedLifetime(initial) {
          withUnsafePointer(to: program.program) {
            kernels.program_rows(
              $0, 1, 1, count, x.base, parameters.base, nil, y.base, derivative.base, nil,
              program.scratch.base, nil)
          }
        }
      }
    }
  }
}
