/// What one operation of a training step took, averaged over steps.
public struct OperationTiming: Codable, Sendable {
  /// The operation by its layer's name and direction: `fc1 forward`, `adam`.
  public var operation: String
  /// Seconds per step.
  public var seconds: Double
  /// Floating-point operations per step; 0 for an operation that memory limits.
  public var flops: Double
  /// Bytes read and written per step; 0 where they don't limit the operation.
  public var bytes: Double

  /// A timing from its measurements.
  public init(operation: String, seconds: Double, flops: Double, bytes: Double) {
    self.operation = operation
    self.seconds = seconds
    self.flops = flops
    self.bytes = bytes
  }
}
