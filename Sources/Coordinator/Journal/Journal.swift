import DataParallel
import Foundation

/// The study's record, open for writing: one line of JSON per event, at the end only.
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
  private var nextSequence: Int
  private var isBroken = false
  private var isSynchronised = true

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

  /// Appends events in order, a line each.
  /// - Parameter isDurable: whether they are on the disk before this returns. Others survive the
  ///   process at once, and the machine after the next `synchronise` or durable line.
  /// - Throws: `StudyError.cannotWrite`.
  package func append(
    _ events: [JournalEvent], time: String, isDurable: Bool = true
  ) throws(StudyError) {
    try checkWhole()
    var bytes: [UInt8] = []
    for (offset, event) in events.enumerated() {
      bytes += JournalLine.encode(
        JournalRecord(sequence: nextSequence + offset, time: time, event: event))
    }
    do throws(SystemCallError) {
      try fileSystem.writeAll(descriptor, bytes)
    } catch {
      throw broken(by: error)
    }
    isSynchronised = false
    if isDurable { try synchronise() }
    nextSequence += events.count
    for event in events { state.apply(event) }
  }

  /// Brings all lines to the disk.
  /// - Throws: `StudyError.cannotWrite`.
  package func synchronise() throws(StudyError) {
    guard !isSynchronised else { return }
    try checkWhole()
    do {
      try fileSystem.synchronize(descriptor)
      isSynchronised = true
    } catch {
      throw broken(by: error)
    }
  }

  private func checkWhole() throws(StudyError) {
    if isBroken {
      throw .cannotWrite(path: path, operation: "append", reason: "an earlier write failed")
    }
  }

  private func broken(by error: SystemCallError) -> StudyError {
    isBroken = true
    return .cannotWrite(path: path, operation: "append", reason: error.reason)
  }
}
