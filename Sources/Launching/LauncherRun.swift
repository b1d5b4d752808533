import Foundation
import Support
import Synchronization

/// One run of the ranks' launcher, in a session of its own, and of the threads that pass on what it writes.
final class LauncherRun {
  /// What stands behind a thread that passes bytes on until its pipe has ended.
  private final class Passing<Finding: Sendable>: Sendable {
    let state: Mutex<(isOver: Bool, isLeft: Bool, finding: Finding)>

    init(_ finding: Finding) { state = Mutex((false, false, finding)) }

    var isOver: Bool { state.withLock { $0.isOver || $0.isLeft } }
    var finding: Finding { state.withLock(\.finding) }

    /// It isn't waited for any longer.
    func leave() { state.withLock { $0.isLeft = true } }

    func begin(_ descriptor: Int32, _ body: @escaping @Sendable (Passing) -> Void) {
      Thread.detachNewThread { [self] in
        body(self)
        close(descriptor)
        state.withLock { $0.isOver = true }
        AwaitedSignals.wake()
      }
    }
  }

  /// What may still come of the launcher's words once it has ended.
  private static let secondsForPages = 2.0

  let process: pid_t
  /// Why standard output couldn't be written; nil at a terminal, where the launcher writes by itself: the
  /// program draws there.
  private let output: Passing<SystemCallError?>?
  private let pages = Passing<Set<LauncherPages.Subject>>([])
  private var end: (status: Int32, time: ContinuousClock.Instant)?

  /// Starts it.
  /// - Throws: `Refusal`.
  init(_ words: [String], environment: [String: String], console: Console) throws(Refusal) {
    let isAtTerminal = isatty(STDOUT_FILENO) == 1
    guard let errors = ChildProcess.pipeEnds(),
      let spoken = isAtTerminal ? (-1, -1) : ChildProcess.pipeEnds()
    else { throw Refusal(.environment, "no pipe can be made: \(String(cString: strerror(errno)))") }
    do throws(SystemCallError) {
      process = try ChildProcess.start(
        words, environment: environment, output: isAtTerminal ? nil : spoken.1, errors: errors.to,
        isApart: true)
    } catch {
      throw Refusal(.environment, "\(words[0]) can't be started: \(error.reason)")
    }
    close(errors.to)
    pages.begin(errors.from) { passing in
      var pages = LauncherPages(name: console.name)
      while !passing.isOver, let bytes = ChildProcess.read(errors.from) {
        let shown = pages.take(bytes)
        passing.state.withLock { [subjects = pages.subjects] in $0.finding = subjects }
        console.write(shown)
      }
      console.write(pages.end())
      passing.state.withLock { [subjects = pages.subjects] in $0.finding = subjects }
    }
    guard !isAtTerminal else {
      output = nil
      return
    }
    close(spoken.1)
    let output = Passing<SystemCallError?>(nil)
    self.output = output
    // mpirun drops without a word what it can't write; here the reason is kept, and the study, which lies in
    // its folder, goes on.
    output.begin(spoken.0) { passing in
      var isLost = false
      while let bytes = ChildProcess.read(spoken.0) {
        guard !isLost, let error = writeAll(bytes, to: STDOUT_FILENO) else { continue }
        isLost = true
        passing.state.withLock { $0.finding = error }
      }
    }
  }

  /// Looks how far it is.
  /// - Returns: its exit status, once it has ended, with all of its session, and what it said has been passed
  ///   on: all of standard output, however long its reader takes.
  func look() -> Int32? {
    if end == nil, let status = ChildProcess.status(of: process) {
      end = (status, .now)
      endRanks()
    }
    guard let end else { return nil }
    if let deadline, deadline <= 0 { pages.leave() }
    return pages.isOver && output?.isOver ?? true ? end.status : nil
  }

  /// In how many seconds `look` may find something of itself.
  var deadline: Double? {
    guard let end, !pages.isOver else { return nil }
    return Self.secondsForPages - (.now - end.time).inSeconds
  }

  var subjects: Set<LauncherPages.Subject> { pages.finding }
  var lostOutput: SystemCallError? { output?.finding }

  func signal(_ number: Int32) { if end == nil { kill(process, number) } }
  func endRanks() { ProcessEntry.endSession(process) }
  func leaveReader() { output?.leave() }
}
