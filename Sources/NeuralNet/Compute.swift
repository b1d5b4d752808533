/// What a network is computed with.
public struct Compute {
  /// The kernels.
  public var instructionSet: InstructionSet
  /// What the products of dense layers multiply.
  public var precision: Precision
  /// Threads that one pass computes with.
  public var threads: Int
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
