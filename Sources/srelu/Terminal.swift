import Foundation
import Reports

/// The terminal behind standard output.
enum Terminal {
  /// The size; 100 × 24 without a terminal.
  static var size: TerminalSize {
    TerminalSize(ofTerminal: STDOUT_FILENO) ?? TerminalSize(columns: 100, rows: 24)
  }

  static var columns: Int { size.columns }

  static var isThere: Bool { isatty(STDOUT_FILENO) == 1 }
}

/// The terminal behind mpirun's pipe, by its device file. The size is read again whenever it is needed,
/// because it changes with the window.
package final class TerminalDevice: Sendable {
  private let descriptor: Int32

  /// nil if the file isn't a terminal or can't be opened.
  package init?(path: String) {
    descriptor = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    guard isatty(descriptor) == 1 else { return nil }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// The current size; nil once the terminal is gone.
  package var size: TerminalSize? { TerminalSize(ofTerminal: descriptor) }
}

extension TerminalSize {
  /// The size of the terminal behind a file descriptor; nil if there is none, or it doesn't know.
  fileprivate init?(ofTerminal descriptor: Int32) {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    self.init(columns: Int(size.ws_col), rows: Int(size.ws_row))
  }
}
