import ArgumentParser
import Foundation
import Support

/// An error that reached the top: its text and the code to leave with.
struct Failure {
  /// What is wrong, where, and what to do; empty where nothing is to be said.
  let message: String
  let code: Int32
  /// Whether it is the argument parser's text, which says by itself what it is: help, version, usage.
  private let isParsers: Bool

  init(_ error: any Error) {
    if let error = error as? any ReportableError {
      message = error.description
      code = error.exitCode.rawValue
      isParsers = false
    } else {
      message = Srelu.fullMessage(for: error)
      code = Srelu.exitCode(for: error).rawValue
      isParsers = true
    }
  }

  private var text: String { message.isEmpty || isParsers ? message : "srelu: \(message)" }

  /// Says the text, on the first rank.
  /// - Returns: the code to leave with: another one where a help text, say, can't be written.
  @discardableResult
  func say() -> Int32 {
    guard Launcher.rank == 0, !text.isEmpty else { return code }
    guard code == 0 else {
      Interruption.quiet()
      Output.complain(text)
      // In a folder that was removed most errors come from that.
      if WorkingFolder.isGone { Output.complain("srelu: \(WorkingFolder.IsGone().description)") }
      Self.waitForReader(of: STDERR_FILENO)
      return code
    }
    do {
      try Output.line(text)
    } catch {
      return Failure(error).say()
    }
    Self.waitForReader(of: STDOUT_FILENO)
    return code
  }

  /// mpirun ends a job at the first process that leaves with an error, and may drop what is still in
  /// the pipe between them then. Waits until it has read it, at most two seconds.
  private static func waitForReader(of descriptor: Int32) {
    guard Launcher.isOpenMPI else { return }
    for _ in 0..<2_000 {
      var unread: Int32 = 0
      guard ioctl(descriptor, UInt(FIONREAD), &unread) == 0, unread > 0 else { return }
      usleep(1_000)
    }
  }

  /// Says the text and ends the process.
  func leave() -> Never {
    let code = say()
    // mpirun ends the others at the first that leaves with an error: the one that says it goes first.
    if code != 0, Launcher.isOpenMPI, Launcher.rank != 0 { sleep(1) }
    exit(code)
  }
}
