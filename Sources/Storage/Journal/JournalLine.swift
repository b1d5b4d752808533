import CZlib
import Foundation
import Support

/// A journal's line as bytes: a JSON object whose last member is a CRC-32 of everything before it.
enum JournalLine {
  private static let opening = Array(",\"crc32\":\"".utf8)
  private static let closing = Array("\"}".utf8)
  private static let digits = 8

  struct Damage: Error {
    let reason: String
  }

  /// Encodes a record, with the line feed.
  static func encode(_ record: JournalRecord) -> [UInt8] {
    var bytes: [UInt8]
    do {
      bytes = try JSON.bytes(record)
    } catch {
      preconditionFailure("journal line \(record.sequence) can't be encoded: \(error)")
    }
    bytes.removeLast()
    return bytes + opening + checksum(bytes[...]) + closing + [UInt8(ascii: "\n")]
  }

  /// Decodes a line, without the line feed.
  static func decode(_ line: Data) throws(Damage) -> JournalRecord {
    var bytes = [UInt8](line)
    // Programs that copy text may add it.
    if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    let length = bytes.count - opening.count - digits - closing.count
    guard length > 0, bytes[length...].starts(with: opening), bytes.suffix(2) == closing[...] else {
      throw Damage(reason: "expected one JSON object with a checksum at its end")
    }
    let found = bytes[(length + opening.count)..<(length + opening.count + digits)]
    guard Array(found) == checksum(bytes[..<length]) else {
      throw Damage(reason: "its checksum doesn't match its contents")
    }
    do {
      return try JSON.value(from: bytes[..<length] + [UInt8(ascii: "}")])
    } catch {
      throw Damage(reason: reason(of: error))
    }
  }

  private static func checksum(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    let sum = bytes.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
    return Array(sum.hexadecimal(digits: digits).utf8)
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
