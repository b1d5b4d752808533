import Coordinator
import Experiments
import Foundation
import Reports

/// Reads a study's folder, also while a coordinator writes to it.
struct StudyReader {
  let folder: String

  /// There is no study in the folder.
  struct NoStudy: ReportableError {
    let folder: String
    var description: String { "\(folder): no study there: study.yaml is missing." }
    var exitCode: ExitCode { .usage }
  }

  /// The study that the folder holds.
  func study() throws -> StudyConfig {
    let path = folder + "/study.yaml"
    guard FileManager.default.fileExists(atPath: path) else { throw NoStudy(folder: folder) }
    return try StudyConfig(contentsOf: path)
  }

  /// What the journal says.
  func state() throws -> JournalState {
    JournalState.replay(try JournalContents(contentsOf: folder + "/journal.jsonl").records)
  }

  /// The comparison of the trials that ended, in the order of the config.
  func report(_ study: StudyConfig) throws -> StudyReport {
    let endings = try state().endings
    return StudyReport(name: study.name, trials: study.trials.compactMap { endings[$0.id] })
  }
}
