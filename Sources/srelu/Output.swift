import Foundation
import Support
import Synchronization

/// Standard output and standard error, written so that nothing is lost silently: a failed write is an
/// error, never a trap.
enum Output {
  /// The first failure of `progress`.
  private static let lost = Mutex<SystemCallError?>(nil)

  /// Opens closed standard descriptors, before anything else: a closed one would be reused by the next
  /// file that is opened, which would then be read or written in its place.
  static func prepare() {
    // Standard output is opened for reading, so that writing fails and is reported.
    for (descriptor, flags) in [(0, O_RDONLY), (1, O_RDONLY), (2, O_WRONLY)] as [(Int32, Int32)]
    where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
      _ = open("/dev/null", flags)
    }
    // A reader that leaves must end neither a study nor a file being written.
    signal(SIGPIPE, SIG_IGN)
  }

  static func line(_ text: String) throws(CannotWriteOutput) { try write(text + "\n") }

  /// Writes a text without control characters, which may come from files: see `String.printable`.
  static func write(_ text: String) throws(CannotWriteOutput) { try draw(text.printable) }

  /// Writes a text with the program's own control characters.
  static func draw(_ text: String) throws(CannotWriteOutput) {
    if let error = writeAll(text.utf8, to: STDOUT_FILENO) { throw CannotWriteOutput(error) }
  }

  /// Writes about work that continues even if writing fails. After the first failure nothing more is
  /// written, and `checkProgress` throws.
  static func progress(_ text: String) {
    lost.withLock { lost in
      guard lost == nil else { return }
      lost = writeAll(text.utf8, to: STDOUT_FILENO)
    }
  }

  /// - Throws: `CannotWriteOutput` if `progress` couldn't write everything.
  static func checkProgress() throws(CannotWriteOutput) {
    if let error = lost.withLock({ $0 }) { throw CannotWriteOutput(error) }
  }

  /// Writes a line to standard error, if possible.
  static func complain(_ text: String) {
    _ = writeAll((text.printable + "\n").utf8, to: STDERR_FILENO)
  }
}

/// Values as JSON text for scripts, in printable characters.
enum JSONText {
  /// - Parameter snakeCase: whether the properties' names become `snake_case` keys.
  static func pretty(_ value: some Encodable, snakeCase: Bool = false) throws -> String {
    try JSON.text(value, .pretty, snakeCase: snakeCase).printableJSON
  }

  static func line(_ value: some Encodable) throws -> String {
    try JSON.text(value).printableJSON
  }
}
