import Coordinator
import Foundation

/// Turns SIGINT and SIGTERM into a request to stop, so that the journal and the files are whole when
/// the process leaves.
enum Interruption {
  /// Set once a signal came.
  static let flag = StopFlag()

  /// Catches the signals from now on. The handler does no more than set an atomic flag.
  static func watch() {
    // Made before a signal can ask for it: a handler must not initialise anything.
    _ = flag
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in Interruption.flag.request() }
    }
  }
}
