import Experiments
import Foundation
import Support

/// A trial's finished epochs as JSON lines. Each epoch is encoded once, however many checkpoints it
/// is written to: a trial may have a million of them.
package struct EpochLines {
  private static let lineFeed = UInt8(ascii: "\n")
  /// The lines, each ending in a line feed.
  package private(set) var bytes: [UInt8] = []
  private var count = 0

  package init() {}

  /// Appends the epochs finished since the last call.
  package mutating func update(_ records: [EpochRecord]) {
    precondition(records.count >= count, "\(records.count) epochs, and there were \(count)")
    for record in records[count...] {
      do {
        bytes += try JSON.bytes(record)
      } catch {
        preconditionFailure("the epoch \(record) can't be encoded: \(error)")
      }
      bytes.append(Self.lineFeed)
    }
    count = records.count
  }

  static func records(_ bytes: ArraySlice<UInt8>) -> [EpochRecord]? {
    try? bytes.split(separator: lineFeed).map { try JSON.value(from: $0) }
  }
}
