import Foundation
import Storage
import Support

/// How ranks are started.
struct RankLauncher {
  /// The launcher and its flags, up to the program.
  var words: [String]
  /// Its flags for a run's folders; nil leaves the place of its files to Open MPI.
  var fileOptions: ((RunFolders) -> [String])?
  /// Ranks on this machine, which share its memory.
  var ranksHere: Int
  /// Its own statuses that may not recur.
  var passing: Set<Int32> = []
  /// The other hosts, which get folders of the same names.
  var others: RemoteHosts?

  fileprivate var watch: LauncherWatch {
    // Over hosts, Open MPI decides how many of the ranks run here.
    others == nil
      ? LauncherWatch(atLeast: ranksHere, interval: 5) : LauncherWatch(atLeast: 1, interval: 1)
  }
}

/// Carries out what a `Supervisor` decides: runs the ranks' launcher and waits for signals.
final class Supervision {
  private(set) var supervisor: Supervisor
  /// Why standard output couldn't be written.
  private(set) var lostOutput: SystemCallError?
  private let launcher: RankLauncher
  private let program: [String]
  private let signals: AwaitedSignals
  private let console: Console
  private var environment: [String: String]

  private var run: LauncherRun?
  private var folders: RunFolders?
  /// The ending of a run that couldn't begin.
  private var failure: Supervisor.Ending?
  private var watch: LauncherWatch
  private let start = ContinuousClock.now

  /// - Parameter program: what the ranks run.
  init(
    _ supervisor: Supervisor, _ launcher: RankLauncher, program: [String],
    environment: [String: String], signals: AwaitedSignals, console: Console
  ) {
    self.supervisor = supervisor
    self.launcher = launcher
    watch = launcher.watch
    self.program = program
    self.environment = environment
    self.signals = signals
    self.console = console
  }

  /// Runs to the end.
  /// - Returns: the exit status.
  func outcome() throws(Refusal) -> Int32 {
    defer { cleanUp() }
    var actions = supervisor.begin()
    while true {
      for action in actions {
        if case .finish(let status) = action { return status }
        try perform(action)
      }
      let event = next()
      actions = supervisor.handle(event, at: seconds)
    }
  }

  private var seconds: Double { (ContinuousClock.now - start).inSeconds }

  private func perform(_ action: Supervisor.Action) throws(Refusal) {
    switch action {
    case .start(let isFirst): try startRun(isFirst ? [] : ["--retry", "none"])
    case .ask(let ask): run?.signal(ask == .user ? SIGUSR1 : SIGTERM)
    case .ignoreTermination: for number in [SIGTERM, SIGHUP] { signal(number, SIG_IGN) }
    case .endRanks: run?.endRanks()
    case .leaveReader: run?.leaveReader()
    case .say(let text): console.say(text)
    case .finish: break
    }
  }

  private func startRun(_ more: [String]) throws(Refusal) {
    let folders = try RunFolders(
      ranks: launcher.ranksHere, environment: environment, console: console)
    self.folders = folders
    watch = launcher.watch
    guard launcher.others?.makeFolders(folders) ?? true else {
      failure = Supervisor.Ending(status: ExitCode.environment.rawValue)
      return
    }
    var words = launcher.words
    if let options = launcher.fileOptions {
      words +=
        options(folders)
        + (supervisor.work == .study ? ["-x", EnvironmentVariable.folderFile] : [])
    }
    if supervisor.work == .study { environment[EnvironmentVariable.folderFile] = folders.studyFile }
    run = try LauncherRun(words + program + more, environment: environment, console: console)
  }

  private func next() -> Supervisor.Event {
    if let failure {
      self.failure = nil
      cleanUp()
      return .ended(failure)
    }
    if let run, let status = run.look() { return .ended(ending(of: run, status)) }
    let times = [
      supervisor.deadline.map { $0 - seconds }, run?.deadline,
      run != nil ? watch.interval : nil,
    ]
    switch signals.next(within: times.compactMap { $0 }.min()) {
    case SIGINT: return .signal(.interrupt)
    case SIGTERM, SIGHUP: return .signal(.terminate)
    case SIGUSR1: return .signal(.user)
    default:
      lookAfterLauncher()
      return .time
    }
  }

  private func lookAfterLauncher() {
    guard let run, watch.isDue(at: seconds) else { return }
    let name = (program[0] as NSString).lastPathComponent.prefix(15)
    let ranks = ProcessStat.all.values.count { $0.parent == run.process && $0.name == name }
    // Ranks of other commands end when each is done.
    guard ranks == 0 || supervisor.work == .study, watch.isStuck(ranks: ranks) else { return }
    console.say(
      ranks == 0
        ? "the ranks have exited but mpirun hasn't: it is waiting for a host, so it is killed"
        : "some ranks have exited and others haven't: they are stuck, so they are killed")
    run.endRanks()
  }

  private func ending(of run: LauncherRun, _ status: Int32) -> Supervisor.Ending {
    lostOutput = run.lostOutput ?? lostOutput
    var ending = Supervisor.Ending(status: status, pages: run.subjects)
    if let file = folders?.studyFile, let told = try? POSIXFileSystem().read(file, atMost: 1 << 16)
    {
      ending.folder = String(decoding: told.prefix { $0 != 0 }, as: UTF8.self)
    }
    if ending.folder == "" { ending.folder = nil }
    if let folder = ending.folder {
      let reader = StudyReader(folder: folder)
      ending.closedCode = reader.closedCode
      if ending.closedCode == nil {
        ending.progress = (try? reader.state().progress) ?? 0
        // Killed ranks leave the cursor behind the last line that they drew.
        if environment[EnvironmentVariable.terminal] != nil {
          _ = writeAll([UInt8(ascii: "\n")], to: 1)
        }
      }
    }
    cleanUp()
    return ending
  }

  private func cleanUp() {
    run?.endRanks()
    run = nil
    guard let folders else { return }
    launcher.others?.cleanUp(folders)
    folders.remove()
    self.folders = nil
  }
}

/// Notices a launcher or ranks that outlive other ranks of this machine: all leave within moments of each other.
/// If a host has become unreachable, mpirun waits for it for as long as TCP retries, which may be a quarter of an
/// hour. A rank that is stopped after it has shut down MPI has nobody else left to notice.
package struct LauncherWatch {
  private static let looksToFollow = 4
  /// Seconds between two looks.
  package let interval: Double
  /// The most ranks that there have been, and those that were started: some may have left by the first look.
  private var most: Int
  private var last = 0
  private var hasBegun = false
  private var looksWithFewer = 0
  private var rate: RateLimit

  /// - Parameters:
  ///   - started: ranks that are started on this machine, at least.
  ///   - interval: seconds between two looks.
  package init(atLeast started: Int, interval: Double) {
    most = started
    self.interval = interval
    rate = RateLimit(interval: interval)
  }

  /// Whether a look is due; it counts as taken.
  package mutating func isDue(at time: Double) -> Bool { rate.allows(at: time) }

  /// Takes a look.
  /// - Parameter ranks: the launcher's ranks on this machine that live.
  /// - Returns: true once, when some have been missing for too long and no more have left meanwhile.
  package mutating func isStuck(ranks: Int) -> Bool {
    defer { last = ranks }
    hasBegun = hasBegun || ranks > 0
    most = max(most, ranks)
    guard hasBegun, ranks == last, ranks < most else {
      looksWithFewer = ranks < last ? 1 : 0
      return false
    }
    looksWithFewer += 1
    return looksWithFewer == Self.looksToFollow + 1
  }
}
