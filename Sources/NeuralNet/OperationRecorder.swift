import Support

/// Sums the times of a step's operations, on request.
package final class OperationRecorder {
  private var sums: [OperationTiming] = []
  private var places: [String: Int] = [:]
  private let clock = ContinuousClock()

  package init() {}

  /// Forgets the sums so far, such as those of warm-up steps.
  package func reset() { (sums, places) = ([], [:]) }

  /// Returns the sums divided by `steps`, in the order of the operations' first occurrence.
  package func timings(steps: Int) -> [OperationTiming] {
    sums.map {
      OperationTiming(
        operation: $0.operation, seconds: $0.seconds / Double(steps),
        flops: $0.flops / Double(steps), bytes: $0.bytes / Double(steps))
    }
  }

  fileprivate func time<Result>(
    _ operation: String, flops: Double, bytes: Double, _ body: () throws -> Result
  ) rethrows -> Result {
    let start = clock.now
    let result = try body()
    let seconds = (clock.now - start).inSeconds
    let place = places[operation] ?? sums.count
    if place == sums.count {
      places[operation] = place
      sums.append(OperationTiming(operation: operation, seconds: 0, flops: 0, bytes: 0))
    }
    sums[place].seconds += seconds
    sums[place].flops += flops
    sums[place].bytes += bytes
    return result
  }
}

/// Runs `body` and times it if there is a recorder. `flops` count dense work, even if skipped.
@inline(__always)
package func recorded<Result>(
  _ recorder: OperationRecorder?, _ operation: @autoclosure () -> String,
  flops: @autoclosure () -> Double = 0, bytes: @autoclosure () -> Double = 0,
  _ body: () throws -> Result
) rethrows -> Result {
  guard let recorder else { return try body() }
  return try recorder.time(operation(), flops: flops(), bytes: bytes(), body)
}

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
