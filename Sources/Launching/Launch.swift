import Cluster
import Foundation
import Support

/// A launcher: reads its flags, starts the ranks, and supervises them to the end.
package struct Launch {
  let kind: JobArguments.Kind
  let arguments: JobArguments
  let console: Console
  /// What the ranks run.
  let program: String
  /// Where runs and fetched data go.
  let repository: String
  let caller: CallersFolder
  let signals: AwaitedSignals
  var environment: [String: String]

  /// Test seam: names a program to run instead of this one, for the ranks, the hosts' comparison and the report.
  private static let programVariable = "SRELU_PROGRAM"

  /// Runs a launcher.
  /// - Parameters:
  ///   - words: its command line.
  ///   - program: the path of this program, as it was called.
  /// - Returns: the exit status.
  package static func run(_ kind: JobArguments.Kind, _ words: [String], program: String) -> Int32 {
    // Whoever kills the processes called srelu means the ranks.
    Thread.current.name = kind.rawValue
    let signals = AwaitedSignals()
    let console = Console(name: kind.rawValue)
    do {
      try StandardOutput.check()
      return try Launch(kind, words, program: program, signals: signals, console: console).run()
    } catch let error as JobArguments.AsksForHelp {
      return help(kind, error.repository ?? ".", console)
    } catch {
      let code = (error as? any ReportableError)?.exitCode ?? .bug
      if "\(error)" != "" { console.say("\(error)") }
      return code.rawValue
    }
  }

  private init(
    _ kind: JobArguments.Kind, _ words: [String], program: String, signals: AwaitedSignals,
    console: Console
  ) throws {
    var environment = ProcessInfo.processInfo.environment
    self.kind = kind
    self.console = console
    self.signals = signals
    caller = CallersFolder(environment: environment)
    arguments = try JobArguments(words, kind: kind, caller: caller)
    repository = arguments.repository ?? caller.path
    let named = environment.removeValue(forKey: Self.programVariable) ?? program
    self.program =
      named.contains("/")
      ? try caller.absolute(named) : ChildProcess.path(of: named, in: environment) ?? named
    self.environment = environment
  }

  private func run() throws -> Int32 {
    switch kind {
    case .local, .run: try runHere()
    case .hosts: try runOnHosts()
    case .slurm: try runInSlurm()
    }
  }

  // MARK: - On this machine

  private func runHere() throws -> Int32 {
    let config = try config()
    try enterRepository()
    let usable = UsableCores.own
    let threads = arguments.threads
    let ranks = arguments.ranks ?? max(1, usable.cores / threads)
    var environment = environment
    OpenMPIParameters.forgetBatchJob(&environment)
    var mpi = try OpenMPIParameters(ranks: ranks, environment: environment, console: console)
    mpi.place(ranks: ranks, threads: threads, on: usable, console: console)
    if arguments.printsOptions { return printOptions(&mpi) }
    return try run(config, mpi, ranksHere: ranks, environment: environment)
  }

  // MARK: - What launchers share

  /// The study's config as an absolute path, because studies run in the repository; nil for another command, which
  /// runs in the caller's folder.
  func config() throws(Refusal) -> String? {
    if arguments.printsOptions { return nil }
    guard arguments.command.isEmpty else {
      try caller.check()
      return nil
    }
    let path = try caller.absolute(
      arguments.config ?? "\(repository)/configs/quickstart.yaml")
    try Self.checkFile("config", path)
    return path
  }

  /// - Throws: `Refusal` unless it is a regular file that can be read.
  static func checkFile(_ what: String, _ path: String) throws(Refusal) {
    if Paths.exists(path), !Paths.isFile(path) {
      throw Refusal(.usage, "\(what): \(path) is not a file")
    }
    if access(path, R_OK) != 0 { throw Refusal(.usage, "cannot read the \(what) \(path)") }
  }

  func enterRepository() throws(Refusal) {
    guard chdir(repository) == 0 else {
      throw Refusal(
        .environment, "cannot enter \(repository): \(String(cString: strerror(errno)))")
    }
  }

  /// Prints mpirun's flags, one per line, instead of running it.
  func printOptions(_ mpi: inout OpenMPIParameters) -> Int32 {
    mpi.mute()
    let text = mpi.options.map { "\($0)\n" }.joined()
    return StandardOutput.status(0, writeAll(Array(text.utf8), to: STDOUT_FILENO), console)
  }

  /// Runs the study, or another command.
  /// - Parameters:
  ///   - config: nil for another command.
  ///   - ranksHere: ranks on this machine.
  func run(
    _ config: String?, _ mpi: OpenMPIParameters, ranksHere: Int, passing: Set<Int32> = [],
    others: RemoteHosts? = nil, environment: [String: String]
  ) throws -> Int32 {
    var (mpi, environment) = (mpi, environment)
    mpi.pass(Self.describeTerminal(&environment))
    let launcher = RankLauncher(
      words: ["mpirun"] + mpi.options, fileOptions: mpi.fileOptions, ranksHere: ranksHere,
      passing: passing, others: others)
    guard let config else { return try runCommand(launcher, environment) }
    let study = study(config, arguments.sweepFlags, launcher, environment)
    let status = try study.outcome()
    if study.supervisor.isInterrupted, status == ExitCode.interrupted.rawValue {
      console.say("interrupted; run the same command again to resume")
    }
    writeReport(status, study.supervisor.folder)
    return StandardOutput.status(status, study.lostOutput, console)
  }

  func study(
    _ config: String, _ flags: [String], _ launcher: RankLauncher,
    _ environment: [String: String]
  ) -> Supervision {
    let words: Set = ["-h", "--help", "--help-hidden", "--version"]
    let asksForWords = flags.contains {
      words.contains($0) || $0.hasPrefix("--generate-completion-script")
    }
    return Supervision(
      Supervisor(
        .study, maxRestarts: arguments.maxRestarts, passing: launcher.passing,
        asksForWords: asksForWords),
      launcher, program: [program, "sweep", config] + flags,
      environment: environment, signals: signals, console: console)
  }

  /// Runs another command in the caller's folder, from where its paths are seen.
  func runCommand(_ launcher: RankLauncher, _ environment: [String: String]) throws -> Int32 {
    try caller.check()
    chdir(caller.path)
    let command = Supervision(
      Supervisor(.command), launcher, program: [program] + arguments.command,
      environment: environment, signals: signals, console: console)
    let status = try command.outcome()
    return StandardOutput.status(status, command.lostOutput, console)
  }

  /// Writes the report now that the ranks need no cores. It goes to standard error: standard output may be JSON.
  func writeReport(_ status: Int32, _ folder: String?) {
    guard arguments.writesReport, status <= ExitCode.someTrialsFailed.rawValue, let folder else {
      return
    }
    let foreign = "--allow-foreign-folder"
    let flags = arguments.sweepFlags.contains(foreign) ? [foreign] : []
    let status = ChildProcess.run(
      [program, "report", folder] + flags, environment: environment, output: STDERR_FILENO)
    if status != 0 {
      console.say("the report could not be written; try again with srelu report \(folder)")
    }
  }

  /// Tells the ranks about the terminal: mpirun puts a pipe between, so they can't ask for its size. That changes with
  /// the window, so they get its device file too.
  /// - Returns: the variables to pass to the ranks.
  private static func describeTerminal(_ environment: inout [String: String]) -> [String] {
    guard isatty(STDOUT_FILENO) == 1, !["", "dumb"].contains(environment["TERM"] ?? "") else {
      return []
    }
    var size = winsize()
    _ = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size)
    let possible = UInt16(1)...9999
    let isKnown = possible.contains(size.ws_col) && possible.contains(size.ws_row)
    let (terminal, device) = (EnvironmentVariable.terminal, EnvironmentVariable.terminalDevice)
    environment[terminal] = isKnown ? "\(size.ws_col)x\(size.ws_row)" : "80x24"
    guard let name = ttyname(STDOUT_FILENO) else { return [terminal] }
    environment[device] = String(cString: name)
    return [terminal, device]
  }

  // MARK: - Help

  /// Shows a launcher's help, a file beside the script, which shows it by itself while nothing is built.
  private static func help(
    _ kind: JobArguments.Kind, _ repository: String, _ console: Console
  ) -> Int32 {
    let folder = "\(repository)/launch/help"
    var text: [UInt8] = []
    for name in [kind.rawValue] + (kind == .slurm ? [] : ["flags"]) {
      do {
        text += try POSIXFileSystem().read("\(folder)/\(name).txt", atMost: ReadLimit.text)
      } catch {
        console.say("cannot read \(folder)/\(name).txt: \(error.reason)")
        return ExitCode.environment.rawValue
      }
    }
    return StandardOutput.status(0, writeAll(text, to: STDOUT_FILENO), console)
  }
}

/// Standard output, where the ranks' output goes.
enum StandardOutput {
  /// Checks at the start that it isn't closed, which would be noticed only at the end.
  static func check() throws(Refusal) {
    // `Output.prepare` opens a closed one read-only.
    let flags = fcntl(STDOUT_FILENO, F_GETFL)
    if flags < 0 || flags & O_ACCMODE == O_RDONLY {
      let error = CannotWriteOutput(SystemCallError(code: EBADF))
      throw Refusal(error.exitCode, error.description)
    }
  }

  /// The exit status: success becomes 73 if standard output couldn't be written. A reader that left, as head does, has
  /// what it wanted, so nothing is said.
  static func status(_ status: Int32, _ lost: SystemCallError?, _ console: Console) -> Int32 {
    guard let lost else { return status }
    let error = CannotWriteOutput(lost)
    if !error.isReaderGone { console.say(error.description) }
    return status == 0 ? error.exitCode.rawValue : status
  }
}
