import FoundationEssentials
import Glibc
import Synchronization

/// The programs that were started and not awaited.
enum Children {
  /// With the time that each is given to end by itself.
  private static let running = Mutex<[pid_t: Duration]>([:])

  static func add(_ process: pid_t, _ patience: Duration) {
    running.withLock { $0[process] = patience }
  }
  static func remove(_ process: pid_t) { running.withLock { $0[process] = nil } }

  /// Asks each to end, and ends those that haven't a moment later.
  static func end() {
    let patience = running.withLock { $0 }
    guard let longest = patience.values.max() else { return }
    let processes = patience.keys
    for process in processes { kill(-process, SIGTERM) }
    // One that has ended stays in its group until it is taken note of.
    awaited(longest) {
      processes.allSatisfy { waitpid($0, nil, WNOHANG) == $0 || kill(-$0, 0) != 0 }
    }
    for process in processes { kill(-process, SIGKILL) }
  }
}

/// What is put right when a test ends, in order or by a signal: programs that still run, mounts, folders.
package enum Cleanup {
  private static let steps = Mutex<[@Sendable () -> Void]>([])

  /// Does something at the end; what was named last comes first.
  package static func atEnd(_ step: @escaping @Sendable () -> Void) {
    steps.withLock { $0.append(step) }
  }

  /// Does it now.
  package static func run() {
    Children.end()
    let steps = steps.withLock { steps in
      defer { steps = [] }
      return steps
    }
    for step in steps.reversed() { step() }
  }

  /// The thread that cleans up because of a signal.
  private static let interrupter = Mutex<pthread_t?>(nil)

  /// Where a signal ends the test, nobody but the clean-up starts anything any more.
  static func stopIfInterrupted() {
    guard let thread = interrupter.withLock({ $0 }), thread != pthread_self() else { return }
    while true { pause() }
  }

  /// From here on a signal that would end the test cleans up first. Comes before any other thread.
  package static func onSignals() {
    var blocked = fatalSignals()
    sigaddset(&blocked, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &blocked, nil)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { _ in
        Cleanup.awaitSignal()
        return nil
      }, nil)
  }

  private static func awaitSignal() {
    var signals = fatalSignals()
    var signal: Int32 = 0
    sigwait(&signals, &signal)
    interrupter.withLock { $0 = pthread_self() }
    run()
    _exit(128 + signal)
  }
}

/// The signals that would end this process.
private func fatalSignals() -> sigset_t {
  var signals = sigset_t()
  sigemptyset(&signals)
  for signal in [SIGINT, SIGTERM, SIGHUP] {
    var action = sigaction()
    sigaction(signal, nil, &action)
    // What nohup has us ignore stays ignored: blocked, it would be awaited all the same.
    if unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 0 {
      sigaddset(&signals, signal)
    }
  }
  return signals
}

/// A folder for a test's files, gone when it ends, with whatever still runs in it.
package struct Scratch: Sendable {
  package let path: String

  /// In TMPDIR, where that has a path that may go into other programs' configurations and to other hosts; in
  /// /tmp otherwise.
  package init() {
    var parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
    if let real = realpath(parent, nil) {
      parent = String(cString: real)
      free(real)
    }
    if parent.wholeMatch(of: /[A-Za-z0-9_.\/+@%-]+/) == nil { parent = "/tmp" }
    var template = Array("\(parent)/srelu.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      refuse(.cannotWrite, "can't make a folder in \(parent): \(String(cString: strerror(errno)))")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    Cleanup.atEnd { [path] in
      ProcessEntry.endAll(mentioning: path)
      try? FileManager.default.removeItem(atPath: path)
    }
  }
}
