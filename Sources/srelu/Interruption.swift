import Coordinator
import Experiments
import Foundation

/// Turns signals into a request to stop: running trials write a checkpoint after the step under way,
/// and the process leaves in order.
enum Interruption {
  /// Set once a signal came.
  static let flag = StopFlag()
  /// Whether a supervisor starts the job again when it dies. It asks for a stop by SIGUSR1.
  private static let isSupervised =
    ProcessInfo.processInfo.environment["SRELU_FOLDER_FILE"] != nil && Launcher.isOpenMPI
  private static let parent = getppid()

  /// What a signal asks for before the study has begun.
  struct BeforeTheStudy: ReportableError {
    var description: String { "interrupted before the study began; run the same command again" }
    var exitCode: ExitCode { .interrupted }
  }

  /// Throws once a signal came.
  static func check() throws { if flag.isRequested { throw BeforeTheStudy() } }

  /// Catches SIGINT, SIGTERM and SIGUSR1 from now on. A second SIGINT ends the process at once. The
  /// handlers do no more than set an atomic flag, or leave.
  static func watch() {
    // Made before a signal can ask for it: a handler must not initialise anything.
    _ = (flag, isSupervised, parent)
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
    }
    sigaction(SIGTERM, &action, nil)
  }
}
