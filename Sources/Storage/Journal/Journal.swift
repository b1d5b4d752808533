import Experiments
import Foundation
import Support

/// A study's append-only record, open for writing: one line of JSON per event.
///
/// A failed write throws `StudyError.cannotWrite`; the journal then takes no more lines, and the
/// earlier ones stay readable.
package final class Journal {
  package static let fileName = "journal.jsonl"
  package let path: String
  /// The state after all lines, including those appended here.
  package private(set) var state: JournalState
  private let fileSystem: any FileSystem
  private let descriptor: Int32
  private var nextSequence: Int
  private var isBroken = false
  /// Throws if this process may no longer write to the folder.
  private let confirm: () throws(StudyError) -> Void
  private var isSynchronised = true

  /// Opens or creates the journal of a folder and truncates a line torn in a crash, so that the
  /// next one starts on its own.
  /// - Parameters:
  ///   - isReplaced: whether it is copied first, so that a coordinator that has it open, unaware
  ///     that it lost the folder, appends to a file that is never read.
  ///   - confirm: called before lines are written; throws if this process may no longer write.
  /// - Throws: the errors of `JournalContents`; `StudyError.cannotWrite`.
  package init(
    folder: String, fileSystem: any FileSystem, isReplaced: Bool = false,
    confirm: @escaping () throws(StudyError) -> Void = {}
  ) throws(StudyError) {
    path = "\(folder)/\(Self.fileName)"
    self.fileSystem = fileSystem
    self.confirm = confirm
    let bytes = try JournalContents.bytes(path, fileSystem)
    let contents = try JournalContents(Data(bytes ?? []), path: path)
    state = .replay(contents.records)
    nextSequence = contents.records.count + 1
    if isReplaced, bytes != nil { try Self.copy(bytes ?? [], in: folder, fileSystem) }
    do throws(SystemCallError) {
      descriptor = try Self.open(path, fileSystem)
    } catch {
      guard error == .hasOtherNames, let bytes else {
        throw .cannotWrite(WriteError(path: path, operation: "open the journal", error))
      }
      // A file with a second hard link may be a copy that must not change.
      try Self.copy(bytes, in: folder, fileSystem)
      do throws(SystemCallError) {
        descriptor = try Self.open(path, fileSystem)
      } catch {
        throw .cannotWrite(WriteError(path: path, operation: "open the journal", error))
      }
    }
    do throws(SystemCallError) {
      try fileSystem.truncate(descriptor, to: contents.validLength)
      try fileSystem.synchronize(descriptor)
    } catch {
      fileSystem.close(descriptor)
      throw .cannotWrite(WriteError(path: path, operation: "cut off a torn line", error))
    }
  }

  private static func open(
    _ path: String, _ fileSystem: any FileSystem
  ) throws(SystemCallError) -> Int32 {
    try fileSystem.open(path, O_WRONLY | O_CREAT | O_APPEND)
  }

  private static func copy(
    _ bytes: [UInt8], in folder: String, _ fileSystem: any FileSystem
  ) throws(StudyError) {
    try writing { () throws(WriteError) in
      try AtomicWriter(fileSystem: fileSystem).write([(fileName, bytes)], into: folder)
    }
  }

  deinit { fileSystem.close(descriptor) }

  /// Appends the events of recorded kinds, in order, a line each.
  /// - Parameters:
  ///   - time: in ISO 8601.
  ///   - isDurable: whether they are on the disk when this returns. Others survive the process at
  ///     once, and the machine after the next `synchronise` or durable line.
  package func append(
    _ events: [StudyEvent], time: String, isDurable: Bool = true
  ) throws(StudyError) {
    let events = events.filter(\.isRecorded)
    if events.isEmpty { return }
    try checkWhole()
    try confirm()
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
      throw .cannotWrite(
        WriteError(path: path, operation: "append", reason: "an earlier write failed"))
    }
  }

  private func broken(by error: SystemCallError) -> StudyError {
    isBroken = true
    return .cannotWrite(WriteError(path: path, operation: "append", error))
  }
}
