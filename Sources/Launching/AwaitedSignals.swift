import Glibc

/// The signals that a launcher waits for, without handlers. One that was ignored at the start, as under nohup,
/// stays ignored.
package struct AwaitedSignals: Sendable {
  /// The process's mask at the start, which its children get.
  nonisolated(unsafe) private(set) static var before = sigset_t()
  private let awaited: sigset_t

  /// Blocks them in this thread and in those started later, so that `next` finds them.
  package init() {
    // A parent that ignores it can't wait for its children.
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
  /// - Parameter seconds: how long to wait; nil waits for ever.
  /// - Returns: nil if none came in that time, or the wait was cut short.
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

  /// Makes `next` return in the waiting thread.
  static func wake() { kill(getpid(), SIGCHLD) }
}
