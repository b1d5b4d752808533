import Experiments
import Storage
import Support

/// How a run of a study ended; the same on every rank.
public struct StudySummary: Hashable, Codable, Sendable {
  /// How its trials ended; those that were running or waiting are left for the next run.
  public var trials: StudyCounts
  /// What stopped the study, in one line, where something did: a disk that is full, a folder in use.
  public var problem: String?
  private var code: Int32

  /// What the process leaves with.
  public var exitCode: ExitCode { ExitCode(rawValue: code) ?? .bug }

  /// The summary of a study that went through, or was asked to stop.
  init(_ trials: StudyCounts) {
    self.trials = trials
    code = trials.exitCode.rawValue
  }

  /// The summary of a study that couldn't go on.
  init(_ trials: StudyCounts, problem: StudyError) {
    self.trials = trials
    self.problem = problem.description
    code = problem.exitCode.rawValue
  }
}
