import Foundation
import Health
import MPI
import Reports
import Support

/// A run over MPI ranks, from initialisation to the exit code.
enum Job {
  /// The launcher started several processes, but each is alone in MPI.
  struct LoneRanks: ReportableError {
    let launched: Int

    var description: String {
      "\(Launcher.name) started \(launched) processes, but each of them is alone in MPI, and would do all "
        + "the work by itself: this program is built with Open MPI (\(MPIRuntime.libraryVersion)), "
        + "which has no information about the others. Start it with: \(command)"
    }

    private var command: String {
      let program = (["srelu"] + CommandLine.arguments.dropFirst().map(ShellText.quoted))
        .joined(separator: " ")
      return Launcher.name == "srun"
        ? "srun --mpi=pmix -n \(launched) \(program)"
        : "mpirun -np \(launched) \(program), with Open MPI's own mpirun"
    }

    var exitCode: ExitCode { .environment }
  }

  /// Initialises MPI, runs `body` on every rank and exits with its code. After an error that all ranks
  /// agree on they shut down in order; any other error aborts the job, so that no rank waits for a
  /// dead one.
  /// - Parameter watched: whether `body` reports its operations continuously, so that a stuck rank is
  ///   named, and whether signals ask it to stop in order.
  static func run(watched: Bool = false, _ body: (JobHealth) throws -> ExitCode) throws -> Never {
    if watched { Interruption.watch() }
    // Open MPI would print a page of its own and exit.
    if Launcher.lacksPMI { throw LoneRanks(launched: Launcher.size) }
    // A single process would fail without Open MPI's daemon, which it doesn't need.
    if Launcher.size == 1, !Launcher.isOpenMPI, !Launcher.hasDaemon {
      setenv("OMPI_MCA_ess_singleton_isolated", "1", 0)
    }
    JobWatch.await(size: Launcher.size)
    // Open MPI looks for its settings in the home directory, and crashes if the user has none.
    if getenv("HOME") == nil, getpwuid(geteuid()) == nil { setenv("HOME", "/nonexistent", 1) }
    try MPIRuntime.initialize(requiring: .multiple)
    let world = Communicator.world
    var health: JobHealth?
    do {
      if world.size == 1, Launcher.size > 1 { throw LoneRanks(launched: Launcher.size) }
      let job = try JobWatch.start(world, isWatched: watched)
      health = job
      job.rest()
      try close(health, try body(job).rawValue)
    } catch let failure as AgreedFailure {
      // Printed while all ranks are alive: the first to exit with an error ends the job.
      let last = Failure(failure)
      JobWatch.keep(last.code)
      let code = last.say()
      do { try close(health, code) } catch { abort(Failure(error), code: code) }
    } catch {
      let failure = Failure(error)
      if world.size == 1 {
        // Until then a lone rank's MPI sets rank 0 in the environment that `Launcher` reads.
        try? MPIRuntime.finalize()
        failure.leave()
      }
      health?.abandon()
      abort(failure, code: failure.code)
    }
  }

  /// Shuts down in order; collective.
  private static func close(_ health: JobHealth?, _ code: Int32) throws -> Never {
    JobWatch.keep(code)
    try health?.close()
    try health?.finalize()
    exit(code)
  }

  private static func abort(_ failure: Failure, code: Int32) -> Never {
    let world = Communicator.world
    if !failure.message.isEmpty {
      Output.complain("srelu: rank \(world.rank) of \(world.size): \(failure.message)")
    }
    MPIRuntime.abort(exitCode: code)
  }
}

extension JobHealth {
  /// Prints a text on rank 0; collective, so that all exit in order if it can't be written.
  func say(_ text: () throws -> String) throws {
    try agreeing { if world.rank == 0 { try Output.line(try text()) } }
  }
}
