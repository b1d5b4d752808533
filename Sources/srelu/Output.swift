import Experiments
import Foundation
import Support
import Synchronization

/// Standard output and standard error, written so that nothing is lost without a word: what can't be
/// written is an error, never a trap.
enum Output {
  /// Standard output can't be written.
  struct CannotWrite: ReportableError {
    let code: Int32

    /// Whether the reader of a pipe left, as `head` does: it has what it wanted, so nothing is said.
    /// The exit code tells all the same, whatever the caller did with SIGPIPE.
    var isReaderGone: Bool { code == EPIPE }

    var description: String {
      if isReaderGone { return "" }
      return "standard output can't be written: "
        + (code == EBADF ? "it is closed" : String(cString: strerror(code)))
        + ". Write to a place that takes it, such as a file on a disk with room."
    }

    var exitCode: Support.ExitCode { .cannotWrite }
  }

  /// The first failure of `progress`.
  private static let lost = Mutex<Int32?>(nil)

  /// Makes the three standard descriptors safe; the first thing that the program does. One that was
  /// closed would be given to the next file that is opened, which would then be read or written in its
  /// place.
  static func prepare() {
    // Opened the wrong way around for output, so that writing fails, and is told.
    for (descriptor, flags) in [(0, O_RDONLY), (1, O_RDONLY), (2, O_WRONLY)] as [(Int32, Int32)]
    where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
      _ = open("/dev/null", flags)
    }
    // A reader that leaves must end neither a study nor the writing of a file.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Writes a text and the end of its line.
  ///
  /// - Throws: `CannotWrite`.
  static func line(_ text: String) throws(CannotWrite) { try write(text + "\n") }

  /// Writes a text. What comes out of a file does nothing to the terminal: see `String.printable`.
  ///
  /// - Throws: `CannotWrite`.
  static func write(_ text: String) throws(CannotWrite) { try draw(text.printable) }

  /// Writes a text with control characters of the program's own.
  ///
  /// - Throws: `CannotWrite`.
  static func draw(_ text: String) throws(CannotWrite) {
    if let code = write(text, to: STDOUT_FILENO) { throw CannotWrite(code: code) }
  }

  /// Writes of something that goes on whether it can be written or not. After the first failure
  /// nothing more is tried; `checkProgress` tells in the end.
  static func progress(_ text: String) {
    lost.withLock { lost in
      guard lost == nil else { return }
      lost = write(text, to: STDOUT_FILENO)
    }
  }

  /// - Throws: `CannotWrite` where something of `progress` couldn't be written.
  static func checkProgress() throws(CannotWrite) {
    if let code = lost.withLock({ $0 }) { throw CannotWrite(code: code) }
  }

  /// Writes a line to standard error, where that is possible.
  static func complain(_ text: String) { _ = write(text.printable + "\n", to: STDERR_FILENO) }

  /// - Returns: why not all was written.
  private static func write(_ text: String, to descriptor: Int32) -> Int32? {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while let start = rest.baseAddress, !rest.isEmpty {
        let count = Foundation.write(descriptor, start, rest.count)
        if count >= 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        } else if errno == EAGAIN {
          // Somebody else made it so that it doesn't wait.
          var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&place, 1, -1)
        } else if errno != EINTR {
          return errno
        }
      }
      return nil
    }
  }
}
