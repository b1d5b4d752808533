import Experiments
import NeuralNet
import Support

extension Precision {
  /// What a trial asks for.
  init(_ format: NumberFormat) { self = format == .bf16 ? .bfloat16 : .float32 }
}

/// A trial asks for bfloat16 on a processor that doesn't multiply it.
public struct PrecisionError: ReportableError {
  /// What is wrong and what would be right.
  public let description: String
  /// Of the class "environment".
  public var exitCode: ExitCode { .environment }
}

/// The environment variable that lets slow, emulated bfloat16 pass: `emulate`, for tests.
public let bfloatVariable = "SRELU_BF16"

/// - Throws: `PrecisionError` where `formats` hold one that this machine doesn't have.
public func requireNumberFormats(
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
      nodes that have it.
      """)
}
