import Foundation
import NeuralNet

/// A step's operations beside what the machine can do (Williams, Waterman & Patterson, "Roofline: an
/// insightful visual performance model", 2009): arithmetic against the peak of multiply-adds, moving
/// of data against that of copies.
package struct Roofline: Codable, Sendable {
  /// One operation.
  package struct Row: Codable, Sendable {
    package var operation: String
    package var ms: Double
    /// 10⁹ floating-point operations per second, of an operation that has any.
    package var gflops: Double?
    /// 10⁹ bytes per second, of an operation that has no floating-point operations counted.
    package var gbPerSecond: Double?
    /// What was reached of the peak that limits the operation; above 100 where an exact shortcut
    /// leaves out dense work that is counted. Nil where nothing is counted.
    package var percentOfPeak: Double?
    package var percentOfStep: Double

    enum CodingKeys: String, CodingKey {
      case operation, ms, gflops
      case gbPerSecond = "gb_per_second"
      case percentOfPeak = "percent_of_peak"
      case percentOfStep = "percent_of_step"
    }
  }

  package var operations: [Row]
  /// All operations together: their floating-point operations over all of the time.
  package var total: Row
  package var peak: MachinePeak

  package init(_ timings: [OperationTiming], peak: MachinePeak) {
    let seconds = timings.reduce(0) { $0 + $1.seconds }
    let flops = timings.reduce(0) { $0 + $1.flops }
    self.peak = peak
    operations = timings.map { Row($0, stepSeconds: seconds, peak: peak) }
    // The bytes of the operations that memory limits say nothing about the whole.
    let whole = OperationTiming(operation: "total", seconds: seconds, flops: flops, bytes: 0)
    total = Row(whole, stepSeconds: seconds, peak: peak)
  }
}

extension Roofline.Row {
  init(_ timing: OperationTiming, stepSeconds: Double, peak: MachinePeak) {
    operation = timing.operation
    ms = timing.seconds * 1000
    percentOfStep = stepSeconds > 0 ? 100 * timing.seconds / stepSeconds : 0
    guard timing.seconds > 0 else { return }
    if timing.flops > 0 {
      let rate = timing.flops / timing.seconds / 1e9
      gflops = rate
      percentOfPeak = 100 * rate / peak.fmaGflops
    } else if timing.bytes > 0 {
      let rate = timing.bytes / timing.seconds / 1e9
      gbPerSecond = rate
      percentOfPeak = 100 * rate / peak.copyGBs(forBytes: timing.bytes)
    }
  }

  /// The texts of the row, one for each of `Roofline.heads`.
  var fields: [String] {
    let rate =
      gflops.map { String(format: "%.1f GFLOP/s", $0) }
      ?? gbPerSecond.map { String(format: "%.1f GB/s", $0) }
    return [
      operation, String(format: "%.3f", ms), rate ?? "–",
      percentOfPeak.map { String(format: "%.0f %%", $0) } ?? "–",
      String(format: "%.1f %%", percentOfStep),
    ]
  }
}

extension Roofline {
  package static let heads = ["operation", "ms", "rate", "of peak", "of step"]

  /// The texts of all rows, the total last.
  package var fields: [[String]] { operations.map(\.fields) + [total.fields] }

  package var peakText: String {
    let shared = peak.sharedCacheCopyGBs.map { String(format: ", %.0f in shared cache", $0) }
    return String(
      format: "peaks measured on this core: %@ %.0f GFLOP/s; copies %.0f GB/s in own cache%@, "
        + "%.0f in memory", peak.instructionSet, peak.fmaGflops, peak.cacheCopyGBs, shared ?? "",
      peak.memoryCopyGBs)
  }
}
