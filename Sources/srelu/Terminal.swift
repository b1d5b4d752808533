import Foundation
import Reports

/// The terminal behind standard output.
enum Terminal {
  /// Its size; 100 × 24 where there is none.
  static var size: TerminalSize {
    TerminalSize(ofTerminal: STDOUT_FILENO) ?? TerminalSize(columns: 100, rows: 24)
  }

  /// Its columns; 100 where there is none.
  static var columns: Int { size.columns }

  /// Whether there is one.
  static var isThere: Bool { isatty(STDOUT_FILENO) == 1 }
}

/// The terminal behind mpirun's pipe, by its file: it is looked at whenever its size is needed, because
/// that changes with the window.
package final class TerminalDevice: Sendable {
  private let descriptor: Int32

  /// nil where the file is no terminal, or can't be opened.
  package init?(path: String) {
    descriptor = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    guard isatty(descriptor) == 1 else { return nil }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Its size now; nil once it is gone.
  package var size: TerminalSize? { TerminalSize(ofTerminal: descriptor) }
}

extension TerminalSize {
  /// That of the terminal behind a file descriptor; nil where there is none, or it doesn't know.
  fileprivate init?(ofTerminal descriptor: Int32) {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    self.init(columns: Int(size.ws_col), rows: Int(size.ws_row))
  }
}
