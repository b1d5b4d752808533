import Support

/// Decides what to do when ranks or their launcher die and when the user asks for a stop. It has no processes
/// and no clock: it is told what happened, and when, and answers with actions.
package struct Supervisor {
  package enum Work: Sendable {
    /// A study, which is started again while it dies.
    case study
    /// Another command, which runs once.
    case command
  }

  package enum Signal: Sendable { case interrupt, terminate, user }

  /// How a run of the ranks' launcher ended.
  package struct Ending: Sendable {
    /// Its exit status; 128 and the signal's number where one ended it.
    package var status: Int32
    /// The study's folder, where the ranks came as far as that.
    package var folder: String?
    /// The code with which the study's journal says that it was closed; nil where it wasn't.
    package var closedCode: Int32?
    /// How far the study has come: a number that grows with every epoch.
    package var progress: Int
    /// What the launcher's own pages were about.
    package var pages: Set<LauncherPages.Subject>

    package init(
      status: Int32, folder: String? = nil, closedCode: Int32? = nil, progress: Int = 0,
      pages: Set<LauncherPages.Subject> = []
    ) {
      self.status = status
      self.folder = folder
      self.closedCode = closedCode
      self.progress = progress
      self.pages = pages
    }
  }

  package enum Event: Sendable {
    case ended(Ending)
    case signal(Signal)
    /// Time has passed; due by `deadline`.
    case time
  }

  package enum Action: Hashable, Sendable {
    /// Start the ranks. Only the first run retries failed trials: what fails during it stays failed.
    case start(isFirst: Bool)
    /// Send a signal to the ranks' launcher, which passes it on to all ranks.
    case ask(Signal)
    /// Ignore SIGTERM and SIGHUP, also in what is started later: whoever ends a process and its group sends
    /// SIGTERM twice.
    case ignoreTermination
    /// Kill the launcher and the ranks of this machine.
    case endRanks
    /// Stop waiting for the reader of standard output.
    case leaveReader
    case say(String)
    case finish(Int32)
  }

  /// The first pause, and the longest that they grow to.
  private static let pauses = (first: 1, longest: 60)
  /// What a stop may take before the ranks are ended without asking. SIGUSR1 has no such limit: whoever
  /// sends it before a time limit knows how long that is.
  private static let secondsToStop = 3.0
  private static let secondsToLeave = 0.2

  package let work: Work
  private let maxRestarts: Int
  /// The launcher's own statuses that may not recur: with several hosts it ends so when it loses one.
  private let passing: Set<Int32>
  /// Whether the program was asked for its version or help, and trains nothing.
  private let asksForWords: Bool

  package private(set) var isInterrupted = false
  /// The study's folder, if the last run came that far.
  package private(set) var folder: String?
  /// The study's folder, if any run came that far.
  package private(set) var study: String?

  private var isRunning = false
  private var pauseEnd: Double?
  private var endOfRanks: Double?
  private var endOfReader: Double?
  private var restarts = 0
  private var pause = Self.pauses.first
  private var progress = 0
  private var best = -1
  /// Whether a run ended because the machine lacked something, without progress since.
  private var wasLacking = false

  package init(
    _ work: Work, maxRestarts: Int = 0, passing: Set<Int32> = [], asksForWords: Bool = false
  ) {
    self.work = work
    self.maxRestarts = maxRestarts
    self.passing = passing
    self.asksForWords = asksForWords
  }

  /// When to send `.time` at the latest; nil if nothing is waiting for it.
  package var deadline: Double? { [pauseEnd, endOfRanks, endOfReader].compactMap { $0 }.min() }

  package mutating func begin() -> [Action] {
    isRunning = true
    return [.start(isFirst: true)]
  }

  package mutating func handle(_ event: Event, at time: Double) -> [Action] {
    switch event {
    case .ended(let ending):
      isRunning = false
      endOfRanks = nil
      endOfReader = nil
      folder = ending.folder
      study = ending.folder ?? study
      switch work {
      case .study: return studyEnded(ending, at: time)
      case .command: return commandEnded(ending)
      }
    case .signal(let signal): return take(signal, at: time)
    case .time: return timePassed(time)
    }
  }

  // MARK: - Signals and time

  /// The first asks the ranks to write checkpoints and leave; a SIGINT after it ends them.
  private mutating func take(_ signal: Signal, at time: Double) -> [Action] {
    if work == .command, signal == .user { return isRunning ? [.ask(.user)] : [] }
    guard !isInterrupted else {
      guard signal == .interrupt, isRunning else { return [] }
      endOfReader = time + Self.secondsToLeave
      return [.endRanks]
    }
    isInterrupted = true
    var actions: [Action] = signal == .terminate ? [.ignoreTermination] : []
    guard isRunning else {
      pauseEnd = nil
      return actions + [.finish(ExitCode.interrupted.rawValue)]
    }
    actions.append(.ask(work == .study ? .user : .terminate))
    if signal != .user { endOfRanks = time + Self.secondsToStop }
    return actions
  }

  private mutating func timePassed(_ time: Double) -> [Action] {
    var actions: [Action] = []
    if let end = endOfRanks, end <= time {
      endOfRanks = nil
      endOfReader = time + Self.secondsToLeave
      actions.append(.endRanks)
    }
    if let end = endOfReader, end <= time {
      endOfReader = nil
      actions.append(.leaveReader)
    }
    if let end = pauseEnd, end <= time {
      pauseEnd = nil
      isRunning = true
      actions.append(.start(isFirst: false))
    }
    return actions
  }

  // MARK: - Ends

  private func commandEnded(_ ending: Ending) -> [Action] {
    switch ending.status {
    case 0 where ending.pages.contains(.lostHost):
      return [.say("a host was lost: the command may not have finished")]
        + finish(.environment)
    case 1... where isInterrupted: return finish(.interrupted)
    case 128..<160: return howItDied(ending.status) + [.finish(ending.status)]
    // A status of mpirun's own, whose reason stands above.
    case 160...: return finish(.environment)
    case 1 where !ending.pages.isEmpty: return finish(.environment)
    default: return [.finish(ending.status)]
    }
  }

  private mutating func studyEnded(_ ending: Ending, at time: Double) -> [Action] {
    let status = ending.status
    if let code = ending.closedCode {
      // After a signal, ranks that are slow to leave are ended.
      let isLate = status != code && !isInterrupted
      let words =
        "the job died after the study had ended: srelu report \(ending.folder ?? "") shows its "
        + "results"
      return (isLate ? [.say(words)] : []) + [.finish(code)]
    }
    if isInterrupted { return finish(.interrupted) }
    // Otherwise 0 without a study means that the launcher has lost a host.
    if folder == nil, status == 0, asksForWords { return [.finish(0)] }
    if needsUser(status) { return [.finish(status)] }
    var actions = howItDied(status)
    if wasRefused(status) {
      actions.append(
        .say(
          "no rank got as far as the study, and trying again wouldn't help: the reason is above"))
      return actions + finish(.environment)
    }
    if folder != nil { progress = ending.progress }
    if progress > best {
      best = progress
      restarts = 0
      pause = Self.pauses.first
      wasLacking = false
    }
    // During a study this status means that the machine lacks something, such as shared memory. It may be
    // there a moment later, so one more try is made, and no others.
    if status == ExitCode.environment.rawValue {
      if wasLacking || folder != nil && restarts >= maxRestarts {
        let words = "not restarted, since trying again would hardly help: the reason is above"
        return actions + [.say(words), .finish(status)]
      }
      if folder != nil { wasLacking = true }
    }
    if restarts >= maxRestarts { return actions + exhausted() }
    restarts += 1
    actions.append(
      .say(
        "restarting in \(pause) s (restart \(restarts) of at most \(maxRestarts) without progress)"
      ))
    pauseEnd = time + Double(pause)
    pause = min(2 * pause, Self.pauses.longest)
    return actions
  }

  /// The end once the restarts are used up.
  private func exhausted() -> [Action] {
    let (words, code): (String, ExitCode) =
      study == nil
      ? (": no rank got as far as the study (the reason is above)", .environment)
      : (" without progress; run the same command again to resume", .interrupted)
    return [.say("stopped after \(restarts) restarts" + words), .finish(code.rawValue)]
  }

  /// Whether another try is pointless until the user has done something. Before there is a study that is so
  /// for every status of the program's; but after a death the folder may still be in use for a moment.
  private func needsUser(_ status: Int32) -> Bool {
    switch ExitCode(rawValue: status) {
    case .usage, .badData, .cannotWrite: true
    case .environment: folder == nil && restarts == 0
    default: false
    }
  }

  /// Whether the ranks' launcher failed before there was a study, with a status that is neither the program's
  /// nor a signal's: it rejects its flags, or can't run here.
  private func wasRefused(_ status: Int32) -> Bool {
    guard folder == nil, !passing.contains(status) else { return false }
    switch status {
    case 0, 60..<80, 128..<160: return false
    default: return true
    }
  }

  private func howItDied(_ status: Int32) -> [Action] {
    let words: String
    switch status {
    case ExitCode.interrupted.rawValue: return []
    case 137:
      words =
        "a rank was killed (signal 9), most often because memory ran out: fewer --ranks need less"
    case 129..<160: words = "a rank or mpirun ended with signal \(status - 128)"
    default: words = "mpirun ended with status \(status) before the study did"
    }
    return [.say(words)]
  }

  private func finish(_ code: ExitCode) -> [Action] { [.finish(code.rawValue)] }
}
