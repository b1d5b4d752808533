import Experiments
import Foundation
import Support
import Synchronization

/// Standard output and standard error, written so that nothing is lost silently: a failed write is an
/// error, never a trap.
enum Output {
  struct CannotWrite: ReportableError {
    let code: Int32

    /// Whether the reader of a pipe left, as `head` does: it has what it wanted, so nothing is printed.
    /// The exit code still reports it, whatever the caller did with SIGPIPE.
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

  static func line(_ text: String) throws(CannotWrite) { try write(text + "\n") }

  /// Writes a text without control characters, which may come from files: see `String.printable`.
  static func write(_ text: String) throws(CannotWrite) { try draw(text.printable) }

  /// Writes a text with the program's own control characters.
  static func draw(_ text: String) throws(CannotWrite) {
    if let code = write(text, to: STDOUT_FILENO) { throw CannotWrite(code: code) }
  }

  /// Writes about work that continues even if writing fails. After the first failure nothing more is
  /// written, and `checkProgress` throws.
  static func progress(_ text: String) {
    lost.withLock { lost in
      guard lost == nil else { return }
      lost = write(text, to: STDOUT_FILENO)
    }
  }

  /// - Throws: `CannotWrite` if `progress` couldn't write everything.
  static func checkProgress() throws(CannotWrite) {
    if let code = lost.withLock({ $0 }) { throw CannotWrite(code: code) }
  }

  /// Writes a line to standard error, if possible.
  static func complain(_ text: String) { _ = write(text.printable + "\n", to: STDERR_FILENO) }

  /// - Returns: the error number if not everything was written.
  private static func write(_ text: String, to descriptor: Int32) -> Int32? {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while let start = rest.baseAddress, !rest.isEmpty {
        let count = Foundation.write(descriptor, start, rest.count)
        if count >= 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        } else if errno == EAGAIN {
          // Another process made the descriptor non-blocking.
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
