import Glibc
import Support

/// A launcher's messages, on standard error. If that can't be written, the work goes on.
package struct Console: Sendable {
  /// The script that the user called; messages begin with it.
  package let name: String

  package init(name: String) { self.name = name }

  package func say(_ text: String) {
    write(Array("\(name): ".utf8) + Self.withoutControls(Array(text.utf8)) + [UInt8(ascii: "\n")])
  }

  func write(_ bytes: [UInt8]) { _ = writeAll(bytes, to: STDERR_FILENO) }

  /// The bytes without control characters, which a terminal would obey, in ASCII or UTF-8. Newlines and tabs
  /// stay, and so do bytes that aren't UTF-8.
  static func withoutControls(_ bytes: [UInt8]) -> [UInt8] {
    var kept: [UInt8] = []
    kept.reserveCapacity(bytes.count)
    for byte in bytes {
      switch byte {
      case 0x80...0x9f where kept.last == 0xc2: kept.removeLast()
      case UInt8(ascii: "\t"), UInt8(ascii: "\n"): kept.append(byte)
      case ..<0x20, 0x7f: break
      default: kept.append(byte)
      }
    }
    return kept
  }

  /// Text from another machine, made safe to show: its beginning, in printable ASCII.
  static func foreign(_ bytes: some Sequence<UInt8>) -> String {
    String(
      decoding: bytes.prefix(400).map { (0x20..<0x7f).contains($0) ? $0 : UInt8(ascii: "?") },
      as: UTF8.self)
  }
}
