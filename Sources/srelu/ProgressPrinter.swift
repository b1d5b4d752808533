import Coordinator
import DataParallel
import Experiments
import Foundation
import Reports
import Synchronization

/// Shows a study's events: lines that move on a terminal, plain lines elsewhere.
///
/// A study goes on, and is whole in its folder, whether or not anybody can read of it: what can't be
/// written is told in the end.
///
/// Called on the coordinator's thread and, for notes, on the main one.
final class ProgressPrinter: Sendable {
  private let display: Mutex<ProgressDisplay>
  /// Where the size of the terminal is looked up.
  private let device: TerminalDevice?
  private let isQuiet: Bool

  /// Ranks write into mpirun's pipe, so the launcher says whether a terminal is behind it, and which.
  init(level: LogLevel) {
    let environment = ProcessInfo.processInfo.environment
    let size = environment["SRELU_TERMINAL"].flatMap { TerminalSize($0) }
    display = Mutex(ProgressDisplay(size.map { .terminal($0) } ?? .log))
    device =
      size == nil
      ? nil : environment["SRELU_TERMINAL_DEVICE"].flatMap { TerminalDevice(path: $0) }
    isQuiet = level == .quiet
  }

  /// A line about something else than a trial.
  func note(_ text: String) {
    draw { $0.note(text) }
  }

  /// Shows what happened.
  func show(_ event: StudyEvent, _ counts: QueueSnapshot) {
    Interruption.note(left: counts.left)
    guard !isQuiet else { return }
    if case .waitingForFolder(let folder, let holder) = event {
      return note(holder.waitingNotice(folder: folder))
    }
    let study = ProgressEvent.study(
      StudyProgress(
        done: counts.done, running: counts.running, left: counts.waiting, failed: counts.failed,
        skipped: counts.skipped, stopped: counts.stopped, secondsLeft: counts.secondsLeft,
        seconds: counts.seconds, predictedSeconds: counts.predictedSeconds))
    let events: [ProgressEvent] =
      switch event {
      case .waitingForFolder, .studyStarted, .studyStopping, .studyFinished: [study]
      case .trialInterrupted(let trial): [study, .ended(TrialName(trial.trial), .interrupted)]
      case .trialResumed(let trial, let step):
        [study, .note(TrialName(trial.trial), "goes on after step \(step)")]
      case .trialNote(let trial, let text): [study, .note(TrialName(trial.trial), text)]
      case .trialStarted(let trial, _): [study, .started(TrialName(trial.trial))]
      case .progress(let trial, let progress):
        [study, .step(TrialName(trial.trial), EpochProgress(trial.trial, progress))]
      case .epochFinished(let trial, let record):
        [study, .epoch(TrialName(trial.trial), EpochProgress(trial.trial, record))]
      case .trialFinished(let trial, let summary), .trialFailed(let trial, let summary),
        .trialStopped(let trial, let summary), .trialSkipped(let trial, let summary):
        [study, .ended(TrialName(trial.trial), TrialEnding(summary))]
      }
    draw { $0.update(events) }
  }

  /// Why trials failed or were skipped, as far as it was told in full.
  var reasonsSaid: Set<String> { display.withLock { $0.reasonsSaid } }

  /// Takes the moving lines away.
  func close() {
    draw { $0.close() }
  }

  /// Writes what a change leads to, on the terminal as large as it is now.
  private func draw(_ change: (inout ProgressDisplay) -> String) {
    guard !isQuiet else { return }
    display.withLock { display in
      if let size = device?.size { display.resize(to: size) }
      let text = change(&display)
      if !text.isEmpty { Output.progress(text) }
    }
  }
}

extension TrialName {
  init(_ trial: Trial) {
    self.init(
      id: trial.id, activation: trial.activation.label, dataset: trial.dataset.name,
      architecture: trial.architecture.label, seed: trial.seed)
  }
}

extension EpochProgress {
  init(_ trial: Trial, _ progress: TrialProgress) {
    let epochs = trial.training.epochs
    self.init(
      epoch: progress.epoch, epochs: epochs,
      fraction: progress.fraction * Double(epochs) - Double(progress.epoch - 1),
      loss: progress.loss, accuracy: progress.accuracy,
      samplesPerSecond: progress.samplesPerSecond)
  }

  init(_ trial: Trial, _ record: EpochRecord) {
    self.init(
      epoch: record.epoch, epochs: trial.training.epochs, fraction: 1, loss: record.testLoss,
      accuracy: record.testAccuracy)
  }
}

extension TrialEnding {
  init(_ summary: TrialSummary) {
    switch summary.status {
    case .finished:
      self = .finished(testAccuracy: summary.test?.accuracy ?? 0, seconds: summary.seconds)
    case .failed: self = .failed(reason: summary.reason ?? "", seconds: summary.seconds)
    case .stopped: self = .stopped(reason: summary.reason ?? "")
    case .skipped: self = .skipped(reason: summary.reason ?? "")
    }
  }
}
