import Experiments
import Storage
import Support

/// How a run of a study ended; the same on every rank.
package struct StudySummary: Hashable, Codable, Sendable {
  /// How its trials ended; those that were running or waiting are left for the next run.
  package var trials: StudyCounts
  /// What stopped the study, in one line, where something did: a disk that is full, a folder in use.
  package var problem: String?
  package var exitCode: ExitCode

  /// - Parameter problem: why the study couldn't go on; nil where it went through, or was asked to stop.
  init(_ trials: StudyCounts, problem: StudyError? = nil) {
    self.trials = trials
    self.problem = problem?.description
    exitCode = problem?.exitCode ?? trials.exitCode
  }
}
