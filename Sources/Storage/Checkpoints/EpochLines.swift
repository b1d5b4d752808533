import Experiments
import Foundation
import Support

/// The finished epochs of a trial, a line of JSON each. Every epoch is encoded once, however many
/// checkpoints it is written in: a trial may have a million of them.
package struct EpochLines {
  private static let lineFeed = UInt8(ascii: "\n")
  /// The lines, each with its line feed.
  package private(set) var bytes: [UInt8] = []
  private var count = 0

  /// No epochs yet.
  package init() {}

  /// Takes in the epochs that were finished since the last time.
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

  /// The epochs of some lines; nil where they aren't such lines.
  static func records(_ bytes: ArraySlice<UInt8>) -> [EpochRecord]? {
    try? bytes.split(separator: lineFeed).map { try JSON.value(from: $0) }
  }
}
