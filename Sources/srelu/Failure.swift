import ArgumentParser
import Datasets
import Experiments
import Foundation
import MPI
import NeuralNet

/// An error that reached the top: its text and the code to leave with.
struct Failure {
  let text: String
  let code: Int32

  init(_ error: any Error) {
    switch error {
    case let error as Output.CannotWrite where error.isReaderGone:
      text = ""
      code = error.exitCode.rawValue
    case let error as any ReportableError:
      text = error.description.isEmpty ? "" : "srelu: \(error.description)"
      code = error.exitCode.rawValue
    case let error as DatasetError:
      text = "srelu: \(error.description)"
      code = (error.isMissing ? Experiments.ExitCode.environment : .badData).rawValue
    case let error as MPIError:
      text = "srelu: \(error.description)"
      code = Experiments.ExitCode.environment.rawValue
    case let error as SharedMemoryShortage:
      text = "srelu: \(error.description)"
      code = Experiments.ExitCode.environment.rawValue
    case let error as InstructionSetError:
      text = "srelu: \(error.description)"
      code = Experiments.ExitCode.environment.rawValue
    default:
      // Help, version and the parser's own errors.
      text = Srelu.fullMessage(for: error)
      code = Srelu.exitCode(for: error).rawValue
    }
  }

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
