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

  /// The same, from the text of `/proc/self/status` (proc(5): `VmHWM:   12345 kB`, of 1024 bytes).
  package static func peakResidentBytes(status: String) -> Double? {
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard fields.count == 3, fields[2] == "kB", let kilobytes = Double(fields[1]) else {
        return nil
      }
      return kilobytes * 1024
    }
    return nil
  }
}
