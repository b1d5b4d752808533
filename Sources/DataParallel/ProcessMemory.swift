import Foundation

/// What the system says of this process's memory.
package enum ProcessMemory {
  /// The most memory that the process has had resident at once, in bytes; nil where the system
  /// doesn't tell. Linux counts from the start of the program, not of the process that became it,
  /// as `getrusage` does.
  package static var peakResidentBytes: Double? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
      return nil
    }
    return peakResidentBytes(status: status)
  }
}
