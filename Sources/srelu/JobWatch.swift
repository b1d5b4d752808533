import Foundation
import Health
import MPI
import Support
import Synchronization

/// Watches a job from its first second to its last, and ends it if ranks would wait for each other
/// forever.
enum JobWatch {
  /// The exit code when the watch ends the job: the job's own, once that is known.
  private static let code = Atomic(ExitCode.interrupted.rawValue)
  private static let hasStarted = Atomic(false)
  private static let secondsToStart = 120
  private static let secondsToWonder = 15

  /// Fixes the exit code: a rank that is stuck during shutdown doesn't change it.
  static func keep(_ code: Int32) { Self.code.store(code, ordering: .releasing) }

  /// Watches the start of the job: until `start` returns, ranks can't see each other, but each knows how
  /// long it has waited.
  static func await(size: Int) {
    guard size > 1 else { return }
    let waiting = Thread {
      Thread.sleep(forTimeInterval: Double(secondsToWonder))
      guard !hasStarted.load(ordering: .acquiring) else { return }
      // Two ranks, because one of them may be stuck.
      if Launcher.rank < 2 {
        say(
          "rank \(Launcher.rank) of \(size) has waited \(secondsToWonder) s for the others to start, and "
            + "keeps waiting; the job ends after \(secondsToStart) s")
      }
      Thread.sleep(forTimeInterval: Double(secondsToStart - secondsToWonder))
      guard !hasStarted.load(ordering: .acquiring) else { return }
      say(
        "rank \(Launcher.rank) of \(size), process \(getpid()) on \(HostName.own), has waited "
          + "\(secondsToStart) s for the job to start: of the \(size) ranks, those that don't print "
          + "this line are stuck before that point")
      // Time for the other ranks to print their lines.
      Thread.sleep(forTimeInterval: 3)
      _exit(ExitCode.interrupted.rawValue)
    }
    waiting.start()
  }

  /// Collective over `world`.
  static func start(_ world: Communicator, isWatched: Bool) throws -> JobHealth {
    var orphaned: (@Sendable () -> Void)?
    if Launcher.isOpenMPI {
      // Without mpirun nothing would end the job, so each rank exits by itself.
      orphaned = {
        say("the process that started this rank has ended, so the rank exits")
        _exit(code.load(ordering: .acquiring))
      }
    }
    let health = try JobHealth(
      world, host: HostName.own, isWatched: isWatched, give: end, orphaned: orphaned)
    hasStarted.store(true, ordering: .releasing)
    return health
  }

  private static func say(_ text: String) {
    Output.complain("srelu: \(text)")
  }

  private static func end(_ text: String) {
    Interruption.quiet()
    say(text)
    MPIRuntime.abort(exitCode: code.load(ordering: .acquiring))
  }
}
