import DataParallel
import Foundation

/// Messages as bytes: one JSON object each.
///
/// The two ends run the same program, so what can't be read is a bug, not bad input.
package enum MessageCoding {
  /// The bytes of a message.
  package static func encode(_ message: some Encodable) -> [UInt8] {
    do {
      return [UInt8](try lineEncoder().encode(message))
    } catch {
      preconditionFailure("the message \(message) can't be encoded: \(error)")
    }
  }

  /// The message in `bytes`.
  package static func decode<Message: Decodable>(_ type: Message.Type, _ bytes: [UInt8]) -> Message
  {
    do {
      return try lineDecoder().decode(type, from: Data(bytes))
    } catch {
      preconditionFailure("\(bytes.count) bytes aren't a \(type): \(error)")
    }
  }
}
