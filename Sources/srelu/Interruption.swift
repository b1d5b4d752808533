import Coordinator
import Foundation
import Health
import Support
import Synchronization

/// Turns signals into a request to stop: running trials write a checkpoint after the current step, and
/// the process exits in order.
package enum Interruption {
  /// Set by the first signal.
  static let flag = StopFlag()
  /// Whether a supervisor, which requests a stop by SIGUSR1, restarts the job when it dies.
  private static let isSupervised =
    ProcessInfo.processInfo.environment[EnvironmentVariable.folderFile] != nil && Launcher.isOpenMPI
  private static let parent = getppid()
  private static let isFirstRank = Launcher.rank == 0
  /// Whether `mpirun` runs without our supervisor. At Ctrl-C it sends SIGTERM, kills the ranks a second
  /// later, and reads their output only then: the handler has to print at once, even if a thread is
  /// blocked in a write.
  private static let isHurried = Launcher.isOpenMPI && !isSupervised
  /// Trials that haven't ended; negative before the study begins.
  private static let left = Atomic(-1)
  private static let isTold = Atomic(false)

  /// Catches SIGINT, SIGTERM and SIGUSR1 from now on. A second SIGINT ends the process at once. The
  /// handlers only set an atomic flag, print a line, or exit.
  package static func watch() {
    // Initialised here, because a handler must not initialise anything.
    _ = (flag, isSupervised, parent, isFirstRank, isHurried)
    _ = (left.load(ordering: .relaxed), isTold.load(ordering: .relaxed))
    signal(SIGUSR1) { _ in Interruption.flag.request() }
    signal(SIGINT) { _ in
      if Interruption.flag.isRequested { _exit(75) }
      Interruption.flag.request()
    }
    var action = sigaction()
    // Without SA_RESTART, which `signal` sets too, every blocking call would fail with EINTR.
    action.sa_flags = SA_SIGINFO | SA_RESTART
    action.__sigaction_handler.sa_sigaction = { _, info, _ in
      // mpirun also sends SIGTERM before it kills the remaining ranks of a job that died. Taken as the
      // user's request, it would end the study in order, and the supervisor wouldn't restart it.
      let sender = info?.pointee._sifields._kill.si_pid
      if Interruption.isSupervised, sender == Interruption.parent { return }
      Interruption.flag.request()
      if Interruption.isHurried, Interruption.isFirstRank { Interruption.tellFromHandler() }
    }
    sigaction(SIGTERM, &action, nil)
  }

  /// Records the number of trials that haven't ended.
  static func note(left count: Int) { left.store(count, ordering: .relaxed) }

  /// Prints, on rank 0, that the study was interrupted and how many trials are left, unless the handler
  /// has.
  static func tell(left: Int) {
    guard !isTold.exchange(true, ordering: .relaxed) else { return }
    let trials = left == 1 ? "1 trial" : "\(left) trials"
    Failure(
      AgreedFailure(
        description: "interrupted with \(trials) left; run the same command again to resume",
        exitCode: .interrupted)
    ).say()
  }

  /// Suppresses that line, because the job ends for another reason, already printed: mpirun then sends
  /// SIGTERM as it does at Ctrl-C.
  static func quiet() { isTold.store(true, ordering: .relaxed) }

  /// Prints the same from a signal handler, where nothing may be allocated. Before the study, the session
  /// throws instead.
  private static func tellFromHandler() {
    let count = left.load(ordering: .relaxed)
    guard count >= 0, !isTold.exchange(true, ordering: .relaxed) else { return }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { line in
      var length = 0
      func add(_ text: StaticString) {
        for index in 0..<text.utf8CodeUnitCount {
          line[length] = text.utf8Start[index]
          length += 1
        }
      }
      // Ends another line that may be half written.
      add("\nsrelu: interrupted with ")
      var unit = 1
      while count / unit > 9 { unit *= 10 }
      while unit > 0 {
        line[length] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: count / unit % 10)
        length += 1
        unit /= 10
      }
      add(count == 1 ? " trial left" : " trials left")
      add("; run the same command again to resume\n")
      _ = write(STDERR_FILENO, line.baseAddress, length)
    }
  }
}
