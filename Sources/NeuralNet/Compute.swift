/// How a network is computed.
public struct Compute {
  /// The kernels.
  public var instructionSet: InstructionSet
  /// The operands of the dense layers' products.
  public var precision: Precision
  /// Threads of a pass.
  public var threads: Int
  /// Adds up, over the ranks that share a batch, what layers sum over its samples; nil for a rank alone.
  public var reduction: SampleReduction?
  /// Times each operation, if set.
  package var recorder: OperationRecorder?

  /// By default one thread and the widest kernels of this machine.
  public init(
    _ instructionSet: InstructionSet = .widest, precision: Precision = .float32, threads: Int = 1
  ) {
    self.instructionSet = instructionSet
    self.precision = precision
    self.threads = threads
  }
}

/// Adds up the ranks' sums over the samples of their shares of a batch: in, this rank's nodes of the
/// batch's tree, `width` sums each; out, the totals, in front. All ranks get the same bits, and call it
/// equally often with equal counts.
public typealias SampleReduction = (
  _ sums: UnsafeMutableBufferPointer<Double>, _ width: Int
) -> Void

/// The operands of the dense layers' products.
///
/// Weights, gradients, moments, activations, convolutions (whose exact shortcuts leave little dense
/// work) and the loss are always float.
public enum Precision: Hashable, Sendable {
  case float32
  /// bfloat16 operands, rounded to nearest, summed in float; slow without
  /// `InstructionSet.multipliesBfloat16`.
  case bfloat16
}
