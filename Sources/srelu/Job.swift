import DataParallel
import Experiments
import Foundation
import Health
import MPI
import Support

/// A run over MPI ranks, from initialisation to the exit code.
enum Job {
  /// Started in a way in which the ranks don't know of each other.
  struct LoneRanks: ReportableError {
    let launched: Int
    var launcher = Launcher.name
    var arguments = Array(CommandLine.arguments.dropFirst())

    var description: String {
      "\(launcher) started \(launched) processes, but each of them is alone in MPI, and would do all "
        + "the work by itself: this program is built with Open MPI (\(MPIRuntime.libraryVersion)), "
        + "which was told nothing of the others. Start it with: \(command)"
    }

    /// What would be right.
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

  /// What one rank threw, known to all of them, so that all leave in order.
  struct AgreedFailure: ReportableError {
    let description: String
    let exitCode: ExitCode
  }

  private struct Outcome: Codable {
    var text: String?
    var code: Int32
  }

  /// The watch over the job that this process is part of.
  nonisolated(unsafe) private(set) static var health: JobHealth?
  /// Whether ranks say what they do all the time; else one that does nothing at all for minutes is stuck.
  nonisolated(unsafe) private static var isWatched = false

  /// Brings MPI up, runs `body` on every rank and leaves with its exit code. An error that all ranks
  /// agree on ends in order; any other one aborts the job, so that no rank waits for a dead one.
  /// - Parameter watched: whether `body` says all the time what it does, so that a rank that is stuck in it
  ///   is named; and whether signals ask it to end in order.
  static func run(watched: Bool = false, _ body: (Communicator) throws -> ExitCode) throws -> Never
  {
    if watched { Interruption.watch() }
    // Open MPI would end in a page of its own.
    if Launcher.lacksPMI { throw LoneRanks(launched: Launcher.size) }
    // Without a daemon, a process on its own would end in a page of Open MPI's; it needs none.
    if Launcher.size == 1, !Launcher.isOpenMPI, !Launcher.hasDaemon {
      setenv("OMPI_MCA_ess_singleton_isolated", "1", 0)
    }
    JobWatch.await(size: Launcher.size)
    // Open MPI looks for its settings at home, and crashes where nobody knows where that is.
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
      // Said while all ranks are still there: whoever leaves first ends the job.
      let last = Failure(failure)
      JobWatch.keep(last.code)
      let code = last.say()
      do { try close(code) } catch { abort(Failure(error), code: code) }
    } catch {
      let failure = Failure(error)
      if world.size == 1 {
        // A lone rank's MPI says that it is the first until then.
        try? MPIRuntime.finalize()
        failure.leave()
      }
      health?.abandon()
      abort(failure, code: failure.code)
    }
  }

  /// Ends in order; collective.
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

  /// Between two things that all ranks do together.
  private static func rest() {
    if isWatched { health?.meet() } else { health?.beginFiles() }
  }

  /// Runs `body` on every rank, which may read and write files; if any throws, all throw the same
  /// `AgreedFailure`: the first failing rank's. An error of MPI's own can't be agreed on.
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

  /// Prints a text on the first rank; collective over `world`, so that all leave in order where it
  /// can't be written.
  static func say(_ world: Communicator, _ text: () throws -> String) throws {
    try agreeing(world) { if world.rank == 0 { try Output.line(try text()) } }
  }

  /// The first rank's value of `make`, on every rank; its error, on every rank.
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
