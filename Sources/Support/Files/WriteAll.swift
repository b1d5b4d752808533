import Glibc

/// Writes all bytes, also to a descriptor that another process made non-blocking.
/// - Returns: the error that stopped it.
package func writeAll(_ bytes: some Collection<UInt8>, to descriptor: Int32) -> SystemCallError? {
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

/// Standard output can't be written.
package struct CannotWriteOutput: ReportableError {
  private let error: SystemCallError

  package init(_ error: SystemCallError) { self.error = error }

  /// Whether the reader of a pipe left, as `head` does: it has what it wanted, so nothing is printed.
  /// The exit code still reports it, whatever the caller did with SIGPIPE.
  package var isReaderGone: Bool { error.code == EPIPE }

  package var description: String {
    if isReaderGone { return "" }
    return "standard output can't be written: "
      + (error.code == EBADF ? "it is closed" : error.reason)
      + ". Write to a place that takes it, such as a file on a disk with room."
  }

  package var exitCode: ExitCode { .cannotWrite }
}
