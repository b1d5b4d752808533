import Coordinator
import Experiments
import Foundation
import Health
import Support
import Synchronization

/// Turns signals into a request to stop: running trials write a checkpoint after the step under way,
/// and the process leaves in order.
package enum Interruption {
  /// Set once a signal came.
  static let flag = StopFlag()
  /// Whether a supervisor starts the job again when it dies. It asks for a stop by SIGUSR1.
  private static let isSupervised =
    ProcessInfo.processInfo.environment["SRELU_FOLDER_FILE"] != nil && Launcher.isOpenMPI
  private static let parent = getppid()
  private static let isFirstRank = Launcher.rank == 0
  /// Whether `mpirun` started this process with nobody in between. At Ctrl-C it sends SIGTERM, kills the
  /// ranks a second later, and reads what they write only then: what is to be seen has to be said at
  /// once, even if a thread waits for a reader.
  private static let isHurried = Launcher.isOpenMPI && !isSupervised
  /// Trials that haven't ended; negative before the study has begun.
  private static let left = Atomic(-1)
  private static let isTold = Atomic(false)

  /// Catches SIGINT, SIGTERM and SIGUSR1 from now on. A second SIGINT ends the process at once. The
  /// handlers do no more than set an atomic flag, or leave.
  package static func watch() {
    // Made before a signal can ask for it: a handler must not initialise anything.
    _ = (flag, isSupervised, parent, isFirstRank, isHurried)
    _ = (left.load(ordering: .relaxed), isTold.load(ordering: .relaxed))
    signal(SIGUSR1) { _ in Interruption.flag.request() }
    signal(SIGINT) { _ in
      if Interruption.flag.isRequested { _exit(75) }
      Interruption.flag.request()
    }
    var action = sigaction()
    // Without the second flag every call that waits would fail, wherever it is made; `signal` sets it too.
    action.sa_flags = SA_SIGINFO | SA_RESTART
    action.__sigaction_handler.sa_sigaction = { _, info, _ in
      // mpirun sends it before it kills what is left of a job that died. Taken for the user's wish,
      // the study would end in order, and the supervisor wouldn't start it again.
      let sender = info?.pointee._sifields._kill.si_pid
      if Interruption.isSupervised, sender == Interruption.parent { return }
      Interruption.flag.request()
      if Interruption.isHurried, Interruption.isFirstRank { Interruption.tellFromHandler() }
    }
    sigaction(SIGTERM, &action, nil)
  }

  /// Notes how many trials haven't ended.
  static func note(left count: Int) { left.store(count, ordering: .relaxed) }

  /// Says that the study was interrupted, and what is left of it, unless the handler did; on the first
  /// rank.
  static func tell(left: Int) {
    guard !isTold.exchange(true, ordering: .relaxed) else { return }
    let trials = left == 1 ? "1 trial" : "\(left) trials"
    Failure(
      AgreedFailure(
        description: "interrupted with \(trials) left; run the same command again to go on",
        exitCode: .interrupted)
    ).say()
  }

  /// The job ends for another reason, which was said: mpirun then sends SIGTERM as it does at Ctrl-C.
  static func quiet() { isTold.store(true, ordering: .relaxed) }

  /// The same from a signal's handler, where nothing may be allocated. Before the study the session says it.
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
      // Another line may be half written.
      add("\nsrelu: interrupted with ")
      var unit = 1
      while count / unit > 9 { unit *= 10 }
      while unit > 0 {
        line[length] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: count / unit % 10)
        length += 1
        unit /= 10
      }
      add(count == 1 ? " trial left" : " trials left")
      add("; run the same command again to go on\n")
      _ = write(STDERR_FILENO, line.baseAddress, length)
    }
  }
}
