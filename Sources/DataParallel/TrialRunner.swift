import Experiments
import Foundation
import Storage
import Support

/// Trains a study's trials on this rank, each from its last checkpoint, if any, and again after a mismatch
/// of replicas.
package struct TrialRunner {
  /// Repeated mismatches in one trial mean faulty hardware, not a stray bit flip.
  static let mismatchLimit = 3

  private let usual: TrainerOptions
  private let folder: String

  package init(_ study: StudyConfig, folder: String) {
    usual = TrainerOptions(study)
    self.folder = folder
  }

  /// Trains one trial; every rank of the group calls it.
  /// - Parameters:
  ///   - pauseAfter: the epoch after which it pauses, if it isn't done then.
  ///   - lock: the id under which the study's folder is held.
  /// - Throws: what `Trainer` throws.
  package func train(
    _ trial: Trial, data: TrialData, on context: RankContext, pauseAfter: Int?, lock: String,
    observer: any TrialObserver
  ) throws -> TrainedTrial {
    let options = try options(
      for: trial.id, isFirst: context.group.rank == 0, pauseAfter: pauseAfter, lock: lock,
      note: observer.note)
    return try Self.retrying(note: observer.note) {
      try Trainer(trial, data: data, on: context, observer: observer, options: options).run()
    }
  }

  /// How a trial is trained on a rank: the group's first one keeps checkpoints, where it sees the folder.
  package func options(
    for trial: String, isFirst: Bool, pauseAfter: Int?, lock: String, note: (String) throws -> Void
  ) rethrows -> TrainerOptions {
    var options = usual
    options.pauseAfter = pauseAfter
    guard isFirst else { return options }
    if FileManager.default.fileExists(atPath: "\(folder)/\(StudyFolder.configName)") {
      options.checkpoints = StudyFolder.checkpoints(of: trial, in: folder, lock: lock)
    } else {
      try note("\(HostName.own) can't see \(folder): it writes no checkpoints")
    }
    return options
  }

  /// What `train` gives, in the first attempt in which the replicas agree. Every rank of the group calls
  /// it, and since every rank sees a mismatch, all of them try again together.
  /// - Parameters:
  ///   - note: gets a line about each mismatch but the last.
  ///   - train: one attempt, from the last checkpoint.
  /// - Throws: the last `ReplicaMismatch` of `mismatchLimit`; anything else that `train` throws, at once.
  package static func retrying<Result>(
    note: (String) throws -> Void, _ train: () throws -> Result
  ) throws -> Result {
    for _ in 1..<mismatchLimit {
      do {
        return try train()
      } catch let mismatch as ReplicaMismatch {
        try note("\(mismatch) The trial resumes from its last checkpoint.")
      }
    }
    return try train()
  }
}
