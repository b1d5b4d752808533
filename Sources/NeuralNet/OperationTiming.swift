/// The timing of one operation of a training step, averaged over steps.
public struct OperationTiming: Codable, Sendable {
  /// The layer's name and direction, or the optimizer: `fc1 forward`, `adam`.
  public var operation: String
  /// Seconds per step.
  public var seconds: Double
  /// Floating-point operations per step; 0 for a memory-bound operation.
  public var flops: Double
  /// Bytes read and written per step; 0 unless memory-bound.
  public var bytes: Double

  /// A timing from its measurements.
  public init(operation: String, seconds: Double, flops: Double, bytes: Double) {
    self.operation = operation
    self.seconds = seconds
    self.flops = flops
    self.bytes = bytes
  }
}
