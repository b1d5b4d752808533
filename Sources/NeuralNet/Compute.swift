/// What a network is computed with.
public struct Compute {
  /// The kernels.
  public var instructionSet: InstructionSet
  /// What the products of dense layers multiply.
  public var precision: Precision
  /// Threads that one pass computes with.
  public var threads: Int
  /// Adds up, over the ranks that share a batch, what layers sum over its samples; nil for a rank alone.
  public var reduction: SampleReduction?
  /// Times each operation; nil for nobody.
  package var recorder: OperationRecorder?

  /// One thread and the widest kernels unless told otherwise.
  public init(
    _ instructionSet: InstructionSet = .widest, precision: Precision = .float32, threads: Int = 1
  ) {
    self.instructionSet = instructionSet
    self.precision = precision
    self.threads = threads
  }
}

/// Adds up sums over the samples of every rank's share of a batch, in place: the same bits on all ranks,
/// which call it equally often with equal counts.
public typealias SampleReduction = (UnsafeMutableBufferPointer<Double>) -> Void

/// The numbers that the products of dense layers multiply.
///
/// Weights, gradients, moments, activations, convolutions (whose exact shortcuts leave little dense
/// work) and the loss are float in both.
public enum Precision: Hashable, Sendable {
  /// float.
  case float32
  /// bfloat16 operands, rounded to the nearest, summed in float. Without
  /// `InstructionSet.multipliesBfloat16` the same, slowly.
  case bfloat16
}
