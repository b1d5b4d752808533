import DataParallel
import Experiments
import Foundation
import Health
import MPI
import Support

/// A run over MPI ranks, from initialisation to the exit code.
enum Job {
  /// The launcher started several processes, but each is alone in MPI.
  struct LoneRanks: ReportableError {
    let launched: Int
    var launcher = Launcher.name
    var arguments = Array(CommandLine.arguments.dropFirst())

    var description: String {
      "\(launcher) started \(launched) processes, but each of them is alone in MPI, and would do all "
        + "the work by itself: this program is built with Open MPI (\(MPIRuntime.libraryVersion)), "
        + "which was told nothing of the others. Start it with: \(command)"
    }

    private var command: String {
      let program = (["srelu"] + arguments.map(Self.quoted)).joined(separator: " ")
      return launcher == "srun"
        ? "srun --mpi=pmix -n \(launched) \(program)"
        : "mpirun -np \(launched) \(program), with Open MPI's own mpirun"
    }

    private static func quoted(_ word: String) -> String {
      let plain = word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=,:+@%".contains($0) }
      return plain && !word.isEmpty
        ? word
        : "'"
          + word.split(separator: "'", omittingEmptySubsequences: false)
          .joined(separator: "'\\''") + "'"
    }

    var exitCode: ExitCode { .environment }
  }

  /// One rank's error, known to all ranks, so that all exit in order.
  struct AgreedFailure: ReportableError {
    let description: String
    let exitCode: ExitCode
  }

  private struct Outcome: Codable {
    var text: String?
    var code: Int32
  }

  nonisolated(unsafe) private(set) static var health: JobHealth?
  /// Whether ranks report their operations continuously; otherwise only a rank that does nothing for
  /// minutes counts as stuck.
  nonisolated(unsafe) private static var isWatched = false

  /// Initialises MPI, runs `body` on every rank and exits with its code. After an error that all ranks
  /// agree on they shut down in order; any other error aborts the job, so that no rank waits for a
  /// dead one.
  /// - Parameter watched: whether `body` reports its operations continuously, so that a stuck rank is
  ///   named, and whether signals ask it to stop in order.
  static func run(watched: Bool = false, _ body: (Communicator) throws -> ExitCode) throws -> Never
  {
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
    isWatched = watched
    do {
      if world.size == 1, Launcher.size > 1 { throw LoneRanks(launched: Launcher.size) }
      health = try JobWatch.start(world)
      rest()
      let code = try body(world)
      try close(code.rawValue)
    } catch let failure as AgreedFailure {
      // Printed while all ranks are alive: the first to exit with an error ends the job.
      let last = Failure(failure)
      JobWatch.keep(last.code)
      let code = last.say()
      do { try close(code) } catch { abort(Failure(error), code: code) }
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
  private static func close(_ code: Int32) throws -> Never {
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

  /// Marks the time between two collective operations.
  private static func rest() {
    if isWatched { health?.meet() } else { health?.beginFiles() }
  }

  /// Runs `body`, which may read and write files, on every rank. If it throws on any rank, all ranks
  /// throw the same `AgreedFailure`, that of the lowest failing rank. An error of MPI itself can't be
  /// agreed on.
  static func agreeing<Value>(_ world: Communicator, _ body: () throws -> Value) throws -> Value {
    health?.beginFiles()
    let result = Result { try body() }
    if case .failure(let error) = result, let error = error as? MPIError, error.code != 0 {
      throw error
    }
    health?.meet()
    defer { rest() }
    var failed = Int32.max
    if case .failure = result { failed = Int32(world.rank) }
    let first = try world.allreduce(failed, .min)
    guard first != Int32.max else { return try result.get() }
    var outcome = Outcome(text: nil, code: 0)
    if case .failure(let error) = result {
      let failure = Failure(error)
      outcome = Outcome(text: failure.message, code: failure.code)
    }
    outcome = try world.broadcast(message: outcome, root: Int(first))
    throw AgreedFailure(
      description: outcome.text ?? "", exitCode: ExitCode(rawValue: outcome.code) ?? .bug)
  }

  /// Prints a text on rank 0; collective over `world`, so that all exit in order if it can't be written.
  static func say(_ world: Communicator, _ text: () throws -> String) throws {
    try agreeing(world) { if world.rank == 0 { try Output.line(try text()) } }
  }

  /// Rank 0's value or error of `make`, on every rank.
  static func fromFirstRank<Value: Codable>(_ world: Communicator, _ make: () throws -> Value)
    throws -> Value
  {
    let made = try agreeing(world) { world.rank == 0 ? try make() : nil }
    health?.meet()
    defer { rest() }
    guard let value = try world.broadcast(message: made, root: 0) else {
      preconditionFailure("the first rank made no value")
    }
    return value
  }
}
