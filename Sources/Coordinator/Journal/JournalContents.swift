import Foundation

/// The lines of a journal as they can be read now, also while it is being written.
public struct JournalContents: Sendable {
  /// The whole lines, in order.
  public var records: [JournalRecord]
  /// Bytes of the whole lines; what comes after them was torn off in the middle of a write.
  public var validLength: Int

  /// Reads a journal file; one that isn't there is empty.
  /// - Throws: `StudyError.cannotRead`, or `.damagedJournal` with the number of a line, not the
  ///   last, that isn't as it was written.
  public init(contentsOf path: String) throws(StudyError) {
    guard FileManager.default.fileExists(atPath: path) else {
      self.init(records: [], validLength: 0)
      return
    }
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw .cannotRead(path: path, reason: error.localizedDescription)
    }
    try self.init(data, path: path)
  }

  /// Reads the bytes of a journal; `path` is what errors call it.
  public init(_ data: Data, path: String) throws(StudyError) {
    self.init(records: [], validLength: 0)
    let decoder = lineDecoder()
    var start = data.startIndex
    while let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) {
      let next = data.index(after: end)
      do {
        let record = try decoder.decode(JournalRecord.self, from: data[start..<end])
        guard record.sequence == records.count + 1 else {
          throw StudyError.damagedJournal(
            path: path, line: records.count + 1,
            reason: "expected the sequence number \(records.count + 1), found \(record.sequence)")
        }
        records.append(record)
      } catch let error as StudyError {
        throw error
      } catch {
        // A machine that lost power may leave the last line at its full length without its bytes.
        if next == data.endIndex { return }
        throw .damagedJournal(
          path: path, line: records.count + 1, reason: Self.reason(of: error))
      }
      start = next
      validLength = next - data.startIndex
    }
  }

  private init(records: [JournalRecord], validLength: Int) {
    self.records = records
    self.validLength = validLength
  }

  private static func reason(of error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, _): "the key \(key.stringValue) is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "the key \(context.codingPath.map(\.stringValue).joined(separator: ".")) has a wrong value"
    case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
      context.debugDescription
    default: "expected one JSON object"
    }
  }
}
