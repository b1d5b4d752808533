import Foundation

/// The study's record, open for writing: one line of JSON per event, at the end only, on the disk
/// before `append` returns.
///
/// After a write that failed the journal takes no more lines; all those before it can be read.
package final class Journal {
  package static let fileName = "journal.jsonl"
  /// The file.
  package let path: String
  /// What the journal's lines come to, those appended here included.
  package private(set) var state: JournalState
  private let fileSystem: any FileSystem
  private let descriptor: Int32
  private let encoder = lineEncoder()
  private var nextSequence: Int
  private var isBroken = false

  /// Opens or creates the journal of a folder, and cuts off a line that was torn in a crash, so that
  /// the next one starts on its own.
  /// - Throws: what `JournalContents` throws; `StudyError.cannotWrite`.
  package init(folder: String, fileSystem: any FileSystem) throws(StudyError) {
    path = "\(folder)/\(Self.fileName)"
    self.fileSystem = fileSystem
    let contents = try JournalContents(contentsOf: path)
    state = .replay(contents.records)
    nextSequence = contents.records.count + 1
    do {
      descriptor = try fileSystem.open(path, O_WRONLY | O_CREAT | O_APPEND)
    } catch {
      throw .cannotWrite(path: path, operation: "open the journal", reason: error.reason)
    }
    do {
      try fileSystem.truncate(descriptor, to: contents.validLength)
      try fileSystem.synchronize(descriptor)
    } catch {
      fileSystem.close(descriptor)
      throw .cannotWrite(path: path, operation: "cut off a torn line", reason: error.reason)
    }
  }

  deinit { fileSystem.close(descriptor) }

  /// Appends one event.
  /// - Parameter time: when it happened, in ISO 8601.
  /// - Throws: `StudyError.cannotWrite`.
  package func append(_ event: JournalEvent, time: String) throws(StudyError) {
    try append([event], time: time)
  }

  /// Appends events in order, a line each, and brings them to the disk together.
  /// - Throws: `StudyError.cannotWrite`.
  package func append(_ events: [JournalEvent], time: String) throws(StudyError) {
    guard !isBroken else {
      throw .cannotWrite(path: path, operation: "append", reason: "an earlier write failed")
    }
    var bytes: [UInt8] = []
    for (offset, event) in events.enumerated() {
      let record = JournalRecord(sequence: nextSequence + offset, time: time, event: event)
      bytes += encoded(record)
      bytes.append(UInt8(ascii: "\n"))
    }
    do throws(SystemCallError) {
      try fileSystem.writeAll(descriptor, bytes)
      try fileSystem.synchronize(descriptor)
    } catch {
      isBroken = true
      throw .cannotWrite(path: path, operation: "append", reason: error.reason)
    }
    nextSequence += events.count
    for event in events { state.apply(event) }
  }

  private func encoded(_ record: JournalRecord) -> Data {
    do {
      return try encoder.encode(record)
    } catch {
      preconditionFailure("journal line \(record.sequence) can't be encoded: \(error)")
    }
  }
}
