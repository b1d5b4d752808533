import Datasets
import Experiments
import MPI
import Support

/// Hosts whose copies of a data set differ.
package struct UnequalData: ReportableError, Equatable {
  package let description: String
  package var exitCode: ExitCode { .badData }

  /// Throws where a host's digest isn't the first one's.
  package static func check(_ name: String, _ digests: [(host: String, digest: UInt64)])
    throws(UnequalData)
  {
    guard let first = digests.first else { return }
    let others = Set(digests.filter { $0.digest != first.digest }.map(\.host)).sorted()
    if others.isEmpty { return }
    throw UnequalData(
      description: "the data set \(name) isn't the same on all hosts: "
        + "\(others.joined(separator: ", ")) has other values than \(first.host). Copy it from one "
        + "host to the others, or name a folder that all see with --data-dir.")
  }
}

/// A 64-bit digest of bytes, eight at a time: for copies of the same, not against anybody's will.
struct QuickDigest {
  private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var place = 0
    while place + 8 <= bytes.count {
      mix(bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      place += 8
    }
    for byte in bytes[place...] { mix(UInt64(byte)) }
    mix(UInt64(bytes.count))
  }

  mutating func add(_ text: String) { Array(text.utf8).withUnsafeBytes { add($0) } }

  private mutating func mix(_ word: UInt64) {
    value = (value ^ word) &* 0xD6E8_FEB8_6659_FD93
    value ^= value >> 32
  }
}
