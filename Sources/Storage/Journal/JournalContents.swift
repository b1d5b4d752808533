import Foundation
import Support

/// The lines of a journal that can be read now, even while it is being written.
package struct JournalContents: Sendable {
  package var records: [JournalRecord]
  /// Bytes of the complete lines; the rest was torn in the middle of a write.
  package var validLength: Int

  /// Reads a journal file; a missing one is empty.
  /// - Throws: `StudyError.cannotRead`, or `.damagedJournal` for any line but the last.
  package init(contentsOf path: String) throws(StudyError) {
    try self.init(Data(try Self.bytes(path, POSIXFileSystem()) ?? []), path: path)
  }

  /// Returns the bytes of a journal file; nil if there is none.
  static func bytes(
    _ path: String, _ fileSystem: any FileSystem
  ) throws(StudyError) -> [UInt8]? {
    do {
      return try fileSystem.read(path, atMost: ReadLimit.journal)
    } catch {
      if error.code == ENOENT { return nil }
      throw .cannotRead(path: path, reason: error.reason)
    }
  }

  package init(_ data: Data, path: String) throws(StudyError) {
    records = []
    validLength = 0
    var start = data.startIndex
    while let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) {
      let next = data.index(after: end)
      let number = records.count + 1
      do throws(JournalLine.Damage) {
        let record = try JournalLine.decode(data[start..<end])
        guard record.sequence == number else {
          throw JournalLine.Damage(
            reason: "expected the sequence number \(number), found \(record.sequence)")
        }
        records.append(record)
      } catch {
        // After a power cut the last lines may have their full length without their bytes; a line
        // before an intact one was once intact itself.
        if !Self.hasWholeLine(data[next...]) { return }
        throw .damagedJournal(path: path, line: number, reason: error.reason)
      }
      start = next
      validLength = next - data.startIndex
    }
  }

  private static func hasWholeLine(_ data: Data) -> Bool {
    var start = data.startIndex
    while let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) {
      if (try? JournalLine.decode(data[start..<end])) != nil { return true }
      start = data.index(after: end)
    }
    return false
  }
}
