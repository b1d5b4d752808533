import Coordinator
import Foundation

/// Turns signals into a request to stop: running trials write a checkpoint after the step under way,
/// and the process leaves in order.
enum Interruption {
  /// Set once a signal came.
  static let flag = StopFlag()

  /// Catches SIGINT, SIGTERM and SIGUSR1 from now on. A second SIGINT ends the process at once. The
  /// handlers do no more than set an atomic flag, or leave.
  static func watch() {
    // Made before a signal can ask for it: a handler must not initialise anything.
    _ = flag
    for number in [SIGTERM, SIGUSR1] {
      signal(number) { _ in Interruption.flag.request() }
    }
    signal(SIGINT) { _ in
      if Interruption.flag.isRequested { _exit(75) }
      Interruption.flag.request()
    }
  }
}
