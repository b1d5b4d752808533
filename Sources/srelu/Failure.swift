import ArgumentParser
import Foundation
import Support

/// An error that reached the top: its text and exit code.
struct Failure {
  /// The error, its place and the remedy; empty if there is nothing to print.
  let message: String
  let code: Int32
  /// Whether the text is the argument parser's (help, version, usage), which takes no prefix.
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

  /// Prints the text on rank 0.
  /// - Returns: the exit code, which differs from `code` if a help text, say, can't be written.
  @discardableResult
  func say() -> Int32 {
    guard Launcher.rank == 0, !text.isEmpty else { return code }
    guard code == 0 else {
      Interruption.quiet()
      Output.complain(text)
      // A removed working folder is the cause of most errors in it.
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

  /// Waits, for at most two seconds, until mpirun has read the pipe: it ends a job at the first process
  /// that exits with an error, and may drop text that is still in the pipe.
  private static func waitForReader(of descriptor: Int32) {
    guard Launcher.isOpenMPI else { return }
    for _ in 0..<2_000 {
      var unread: Int32 = 0
      guard ioctl(descriptor, UInt(FIONREAD), &unread) == 0, unread > 0 else { return }
      usleep(1_000)
    }
  }

  /// Prints the text and exits.
  func leave() -> Never {
    let code = say()
    // mpirun ends all ranks at the first that exits with an error: rank 0, which prints, goes first.
    if code != 0, Launcher.isOpenMPI, Launcher.rank != 0 { sleep(1) }
    exit(code)
  }
}

/// The folder that the program was started in.
enum WorkingFolder {
  struct IsGone: ReportableError {
    let description = "the current folder was removed: change to another one and start again."
    let exitCode = Support.ExitCode.environment
  }

  /// Whether the folder has been removed.
  static var isGone: Bool { FileManager.default.currentDirectoryPath.isEmpty }

  /// - Throws: `IsGone`.
  static func path() throws -> String {
    if isGone { throw IsGone() }
    return FileManager.default.currentDirectoryPath
  }
}
