import Experiments
import Foundation
import Support

/// Reads a study's folder, even while a coordinator writes to it.
package struct StudyReader {
  package let folder: String

  package init(folder: String) { self.folder = folder }

  /// The study with the configurations that its search has proposed so far.
  package func study() throws -> StudyConfig {
    let study = try config()
    return study.configurationsToCome > 0 ? study.proposing(try state().proposals) : study
  }

  /// A folder at one moment.
  package struct Snapshot {
    /// The study with the configurations that its search had proposed.
    package let study: StudyConfig
    package let records: [JournalRecord]
    package let state: JournalState
    /// Whether a coordinator is running.
    package let isOpen: Bool
  }

  /// Reads the folder once.
  package func snapshot() throws -> Snapshot {
    let config = try config()
    // A killed run leaves its journal open, so the lock decides. It is checked before and after, since a run may
    // start or end in between.
    let wasHeld = FolderLock.isHeld(folder)
    let records = try records()
    let state = JournalState.replay(records)
    return Snapshot(
      study: config.proposing(state.proposals), records: records, state: state,
      isOpen: state.isOpen && (wasHeld || FolderLock.isHeld(folder)))
  }

  private func config() throws -> StudyConfig {
    let path = "\(folder)/\(StudyFolder.configName)"
    guard FileManager.default.fileExists(atPath: path) else {
      guard FileManager.default.fileExists(atPath: "\(folder)/\(Journal.fileName)") else {
        throw Refusal(.usage, "\(folder): no study there: study.yaml is missing.")
      }
      throw StudyError.cannotRead(path: path, reason: StudyFolder.missingConfig)
    }
    do {
      return try StudyConfig(contentsOf: path)
    } catch {
      // A program wrote this file; the error is not the reader's mistake.
      throw StudyError.cannotRead(path: path, reason: error.description)
    }
  }

  /// Checks that the journal is the study's: a hand edit could put results under another trial's
  /// name.
  package func check(_ study: StudyConfig, against state: JournalState) throws {
    if state.study == nil, let trial = study.trials.first(where: hasResult) {
      throw StudyError.cannotRead(
        path: "\(folder)/\(Journal.fileName)",
        reason:
          "it is missing or empty, though trials have ended, such as \(trial.id); restore it from a "
          + "copy, or run the study's command again, which trains them again")
    }
    guard let digest = state.digest, digest != study.digest else { return }
    // A starting coordinator writes one before the other.
    if FolderLock.isHeld(folder) { return }
    let ids = Set(study.trials.map(\.id))
    let isOther = !state.endings.isEmpty && ids.isDisjoint(with: state.endings.keys)
    guard isOther || state.study != study.name else { return }
    throw StudyError.cannotRead(
      path: "\(folder)/\(StudyFolder.configName)",
      reason: "it isn't the study that the journal describes; restore it from a copy, or run the "
        + "study's command again, which writes it")
  }

  private func hasResult(_ trial: Trial) -> Bool {
    FileManager.default.fileExists(atPath: "\(folder)/trials/\(trial.id)/\(TrialFiles.result)")
  }

  /// Returns each finished trial's first damaged file, by the trial's id.
  package func damages(_ study: StudyConfig, _ state: JournalState) -> [String: DamagedTrialFile] {
    let finished = state.trials(.finished)
    var damages: [String: DamagedTrialFile] = [:]
    for trial in study.trials where finished.contains(trial.id) {
      guard let ending = state.endings[trial.id] else { continue }
      do throws(DamagedTrialFile) {
        try TrialFiles.check(ending, in: "\(folder)/trials/\(trial.id)")
      } catch {
        damages[trial.id] = error
      }
    }
    return damages
  }

  /// Checks everything that a report reads.
  package func check() throws {
    let now = try snapshot()
    try check(now.study, against: now.state)
    let damages = damages(now.study, now.state)
    if let first = now.study.trials.lazy.compactMap({ damages[$0.id] }).first { throw first }
  }

  package func records() throws -> [JournalRecord] {
    try JournalContents(contentsOf: "\(folder)/\(Journal.fileName)").records
  }

  package func state() throws -> JournalState { JournalState.replay(try records()) }

  /// The code with which the last run closed the study, as the journal's last line has it; that of a bug where
  /// the line has none that a process can end with. nil where the run didn't end in order.
  package var closedCode: Int32? {
    struct Line: Decodable { let event: String }
    struct Code: Decodable { let code: UInt8 }
    let bytes = try? JournalContents.bytes("\(folder)/\(Journal.fileName)", POSIXFileSystem())
    guard let last = bytes?.split(separator: UInt8(ascii: "\n")).last.map({ Data($0) }),
      (try? JSONDecoder().decode(Line.self, from: last))?.event == "closed"
    else { return nil }
    return (try? JSONDecoder().decode(Code.self, from: last)).map { Int32($0.code) }
      ?? ExitCode.bug.rawValue
  }

  package func results(_ study: StudyConfig, _ state: JournalState) throws -> StudyResults {
    let trials = study.trials
    let results = try trials.compactMap { trial -> StudyResults.TrialResult? in
      guard let summary = state.endings[trial.id] else { return nil }
      let confusion = summary.status == .finished ? try self.confusion(of: summary) : nil
      return StudyResults.TrialResult(
        summary: summary, epochs: state.epochs[trial.id] ?? [], confusion: confusion?.matrix,
        classNames: confusion?.classNames ?? [],
        ranBesideOthers: state.besideOthers.contains(trial.id))
    }
    var testToTrain: [String: Double] = [:]
    for dataset in study.datasets { testToTrain[dataset.name] = dataset.testToTrain }
    return StudyResults(
      name: study.name, activations: trials.grouped(by: \.activation).map(\.key),
      trialCount: trials.count + study.trialsToCome, trials: results, testToTrain: testToTrain)
  }

  /// Results of earlier versions may lack one.
  private func confusion(
    of summary: TrialSummary
  ) throws -> (matrix: ConfusionMatrix, classNames: [String])? {
    let path = "\(folder)/trials/\(summary.id)/\(TrialFiles.confusion)"
    let bytes: [UInt8]
    do throws(SystemCallError) {
      bytes = try POSIXFileSystem().read(path, atMost: ReadLimit.text)
    } catch {
      if summary.files?[TrialFiles.confusion] == nil, error.code == ENOENT { return nil }
      throw DamagedTrialFile(path: path, reason: error.reason)
    }
    do throws(ResultFileError) {
      return try ConfusionMatrix.parse(csv: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw DamagedTrialFile(path: path, reason: error.message)
    }
  }
}
