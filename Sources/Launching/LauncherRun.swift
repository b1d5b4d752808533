import Foundation
import Support
import Synchronization

/// One run of the ranks' launcher, in a session of its own, with the threads that relay its output.
final class LauncherRun {
  private final class Relay<Finding: Sendable>: Sendable {
    let state: Mutex<(isOver: Bool, isLeft: Bool, finding: Finding)>

    init(_ finding: Finding) { state = Mutex((false, false, finding)) }

    var isOver: Bool { state.withLock { $0.isOver || $0.isLeft } }
    var finding: Finding { state.withLock(\.finding) }

    /// Stops waiting for it.
    func leave() { state.withLock { $0.isLeft = true } }

    func begin(_ descriptor: Int32, _ body: @escaping @Sendable (Relay) -> Void) {
      Thread.detachNewThread { [self] in
        body(self)
        close(descriptor)
        state.withLock { $0.isOver = true }
        AwaitedSignals.wake()
      }
    }
  }

  /// How long the last pages are waited for after the launcher has ended.
  private static let secondsForPages = 2.0

  let process: pid_t
  /// Finds why standard output can't be written. nil at a terminal: the launcher writes there itself, since
  /// the program draws.
  private let output: Relay<SystemCallError?>?
  private let pages = Relay<Set<LauncherPages.Subject>>([])
  private var end: (status: Int32, time: ContinuousClock.Instant)?

  init(_ words: [String], environment: [String: String], console: Console) throws(Refusal) {
    let isAtTerminal = isatty(STDOUT_FILENO) == 1
    guard let errors = ChildProcess.pipeEnds(),
      let pipe = isAtTerminal ? (from: -1, to: -1) : ChildProcess.pipeEnds()
    else { throw Refusal(.environment, "can't create a pipe: \(String(cString: strerror(errno)))") }
    do throws(SystemCallError) {
      process = try ChildProcess.start(
        words, environment: environment, output: isAtTerminal ? nil : pipe.to, errors: errors.to,
        isApart: true)
    } catch {
      throw Refusal(.environment, "\(words[0]) can't be started: \(error.reason)")
    }
    close(errors.to)
    pages.begin(errors.from) { relay in
      var pages = LauncherPages(name: console.name)
      while !relay.isOver, let bytes = ChildProcess.read(errors.from) {
        let shown = pages.take(bytes)
        relay.state.withLock { [subjects = pages.subjects] in $0.finding = subjects }
        console.write(shown)
      }
      console.write(pages.end())
      relay.state.withLock { [subjects = pages.subjects] in $0.finding = subjects }
    }
    guard !isAtTerminal else {
      output = nil
      return
    }
    close(pipe.to)
    let output = Relay<SystemCallError?>(nil)
    self.output = output
    // mpirun silently drops what it can't write; here the reason is kept, and the study goes on, because its
    // results are in its folder.
    output.begin(pipe.from) { relay in
      var isLost = false
      while let bytes = ChildProcess.read(pipe.from) {
        guard !isLost, let error = writeAll(bytes, to: STDOUT_FILENO) else { continue }
        isLost = true
        relay.state.withLock { $0.finding = error }
      }
    }
  }

  /// - Returns: its exit status once it and all of its session have ended and its output was relayed: all of
  ///   standard output, however long its reader takes.
  func look() -> Int32? {
    if end == nil, let status = ChildProcess.status(of: process) {
      end = (status, .now)
      endRanks()
    }
    guard let end else { return nil }
    if let deadline, deadline <= 0 { pages.leave() }
    return pages.isOver && output?.isOver ?? true ? end.status : nil
  }

  /// In how many seconds `look` stops waiting for pages.
  var deadline: Double? {
    guard let end, !pages.isOver else { return nil }
    return Self.secondsForPages - (.now - end.time).inSeconds
  }

  var subjects: Set<LauncherPages.Subject> { pages.finding }
  var lostOutput: SystemCallError? { output?.finding }

  func signal(_ number: Int32) { if end == nil { kill(process, number) } }
  func endRanks() { ChildProcess.endSession(process) }
  func leaveReader() { output?.leave() }
}
