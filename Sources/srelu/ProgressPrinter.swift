import Coordinator
import Experiments
import Foundation
import Reports
import Support
import Synchronization

/// Shows a study's events: live lines on a terminal, plain lines elsewhere.
///
/// A failed write doesn't stop the study, whose results are in its folder; the failure is reported at
/// the end.
///
/// Called on the coordinator's thread and, for notes, on the main one.
final class ProgressPrinter: StudyAudience {
  private let display: Mutex<ProgressDisplay>
  /// The terminal whose size is looked up.
  private let device: TerminalDevice?
  private let isQuiet: Bool
  private let folder: String

  /// Ranks write into mpirun's pipe, so the launcher's environment names the terminal behind it, if any.
  /// - Parameter folder: the study's.
  init(level: LogLevel, folder: String) {
    self.folder = folder
    let environment = ProcessInfo.processInfo.environment
    let size = environment[EnvironmentVariable.terminal].flatMap { TerminalSize($0) }
    display = Mutex(ProgressDisplay(size.map { .terminal($0) } ?? .log))
    device =
      size == nil
      ? nil : environment[EnvironmentVariable.terminalDevice].flatMap { TerminalDevice(path: $0) }
    isQuiet = level == .quiet
  }

  /// Prints a line that isn't about a trial.
  func note(_ text: String) {
    draw { $0.note(text) }
  }

  /// Names the trials that events can be about.
  func introduce(_ trials: [QueuedTrial]) {
    display.withLock { display in
      for trial in trials { display.introduce(trial.trial, id: trial.id) }
    }
  }

  func show(_ event: StudyEvent, _ counts: StudyCounts) {
    if case .opened = event { tellLauncher() }
    Interruption.note(left: counts.left)
    draw { $0.update(event, counts) }
  }

  /// Tells the launcher, if it asks for that, the study's folder in a file.
  private func tellLauncher() {
    let variable = EnvironmentVariable.folderFile
    guard let file = ProcessInfo.processInfo.environment[variable] else { return }
    let here = FileManager.default.currentDirectoryPath
    let path = folder.hasPrefix("/") ? folder : "\(here)/\(folder)"
    let fileSystem = POSIXFileSystem()
    do throws(SystemCallError) {
      let descriptor = try fileSystem.open(file, O_WRONLY | O_CREAT)
      defer { fileSystem.close(descriptor) }
      try fileSystem.truncate(descriptor, to: 0)
      try fileSystem.writeAll(descriptor, Array(path.utf8))
    } catch {
      note(
        "\(file), named by \(variable), can't be written: \(error.reason); the launcher doesn't "
          + "learn where the study is")
    }
  }

  /// The reasons of failed and skipped trials that were printed in full.
  var reasonsSaid: Set<String> { display.withLock { $0.reasonsSaid } }

  /// Removes the live lines.
  func close() {
    draw { $0.close() }
  }

  /// Applies a change and writes the resulting text, at the terminal's current size.
  private func draw(_ change: (inout ProgressDisplay) -> String) {
    guard !isQuiet else { return }
    display.withLock { display in
      if let size = device?.size { display.resize(to: size) }
      let text = change(&display)
      if !text.isEmpty { Output.progress(text) }
    }
  }
}
