import Glibc

/// The signals that a launcher waits for in place of having handlers. One that was ignored when it began, as
/// under nohup, stays so.
package struct AwaitedSignals: Sendable {
  /// The mask that the process began with, which programs that it starts have.
  nonisolated(unsafe) private(set) static var before = sigset_t()
  private let awaited: sigset_t

  /// Has them wait from now on, in every thread that is started after this.
  package init() {
    // That its children end is told to no one who ignores it.
    signal(SIGCHLD, SIG_DFL)
    for writing in [SIGPIPE, SIGXFSZ] { signal(writing, SIG_IGN) }
    var awaited = sigset_t()
    sigemptyset(&awaited)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGCHLD] {
      var action = sigaction()
      sigaction(number, nil, &action)
      let isIgnored = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
      if !isIgnored { sigaddset(&awaited, number) }
    }
    self.awaited = awaited
    pthread_sigmask(SIG_BLOCK, &awaited, &Self.before)
  }

  /// The next signal.
  /// - Parameter seconds: how long it is waited for; for ever for nil.
  /// - Returns: nil where none came, or only part of the time has passed.
  func next(within seconds: Double?) -> Int32? {
    var awaited = awaited
    guard let seconds else {
      let number = sigwaitinfo(&awaited, nil)
      return number > 0 ? number : nil
    }
    let whole = max(seconds, 0).rounded(.down)
    var time = timespec(tv_sec: Int(whole), tv_nsec: Int((max(seconds, 0) - whole) * 1e9))
    let number = sigtimedwait(&awaited, nil, &time)
    return number > 0 ? number : nil
  }

  /// Has `next` return in the thread that waits.
  static func wake() { kill(getpid(), SIGCHLD) }
}
