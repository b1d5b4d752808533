import Foundation
import Storage

/// Size and time of a study's journal: whether it has changed, without reading it.
struct JournalStamp: Equatable {
  private let size: UInt64?
  private let modified: Date?

  /// The current stamp of the journal in a study's folder; a missing journal has one too.
  init(folder: String) {
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: "\(folder)/\(Journal.fileName)")
    size = (attributes?[.size] as? NSNumber)?.uint64Value
    modified = attributes?[.modificationDate] as? Date
  }
}
