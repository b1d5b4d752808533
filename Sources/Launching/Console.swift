import Glibc
import Support

/// What ends a launcher before it has started anything.
package struct Refusal: ReportableError, Equatable {
  package let exitCode: ExitCode
  package let description: String

  package init(_ exitCode: ExitCode, _ description: String) {
    self.exitCode = exitCode
    self.description = description
  }
}

/// Where a launcher says what it has to say: standard error. Where that can't be written, the work goes on.
package struct Console: Sendable {
  /// What its lines begin with: the script that the user called.
  package let name: String

  package init(name: String) { self.name = name }

  package func say(_ text: String) {
    write(Array("\(name): ".utf8) + Self.withoutControls(Array(text.utf8)) + [UInt8(ascii: "\n")])
  }

  func write(_ bytes: [UInt8]) { _ = writeAll(bytes, to: STDERR_FILENO) }

  /// The bytes without what a terminal would obey: control characters, those of two bytes too. Lines and
  /// tabs stay, and so does what isn't UTF-8.
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

  /// What another machine said, as it may be shown: the beginning, in characters of ASCII.
  static func foreign(_ bytes: some Sequence<UInt8>) -> String {
    String(
      decoding: bytes.prefix(400).map { (0x20..<0x7f).contains($0) ? $0 : UInt8(ascii: "?") },
      as: UTF8.self)
  }
}

/// Writes all bytes, also where somebody else left the descriptor so that it doesn't wait.
/// - Returns: why it didn't get that far.
func writeAll(_ bytes: some Collection<UInt8>, to descriptor: Int32) -> SystemCallError? {
  var rest = Array(bytes)[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    if count >= 0 {
      rest = rest.dropFirst(count)
    } else if errno == EAGAIN {
      var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      _ = poll(&place, 1, -1)
    } else if errno != EINTR {
      return SystemCallError(code: errno)
    }
  }
  return nil
}
