import Foundation
import Storage

/// Tells whether a study's journal has changed, without reading it.
struct JournalStamp: Equatable {
  private let size: UInt64?
  private let modified: Date?

  /// The journal of a study's folder as it is now; one that isn't there has a stamp too.
  init(folder: String) {
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: "\(folder)/\(Journal.fileName)")
    size = (attributes?[.size] as? NSNumber)?.uint64Value
    modified = attributes?[.modificationDate] as? Date
  }
}
