import Experiments
import Foundation
import NeuralNet
import Support

/// A trial asks for bfloat16 on a processor that doesn't multiply it.
package struct PrecisionError: ReportableError {
  package let description: String
  package var exitCode: ExitCode { .environment }
}

/// The environment variable that lets slow, emulated bfloat16 pass: `emulate`, for tests.
package let bfloatVariable = "SRELU_BF16"

extension InstructionSet {
  /// The one that the environment asks for, or the widest.
  /// - Throws: `InstructionSetError`; `PrecisionError` where it lacks a number format of `formats`.
  package static func chosen(for formats: [NumberFormat]) throws -> InstructionSet {
    let environment = ProcessInfo.processInfo.environment
    let set = try chosen(environment: environment)
    try requireNumberFormats(formats, instructionSet: set, environment: environment)
    return set
  }
}

/// - Throws: `PrecisionError` where `formats` hold one that this machine doesn't have.
package func requireNumberFormats(
  _ formats: some Sequence<NumberFormat>, instructionSet: InstructionSet,
  environment: [String: String]
) throws {
  guard formats.contains(.bf16), !instructionSet.multipliesBfloat16,
    environment[bfloatVariable] != "emulate"
  else { return }
  throw PrecisionError(
    description: """
      precision bf16: this processor has no AVX512_BF16 (it runs the \(instructionSet.rawValue) \
      kernels here), so bf16 would be slower than fp32; leave training.precision out, or use \
      hosts that have it.
      """)
}
