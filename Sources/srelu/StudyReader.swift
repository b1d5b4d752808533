import Coordinator
import DataParallel
import Experiments
import Foundation
import Reports
import Support

/// Reads a study's folder, also while a coordinator writes to it.
package struct StudyReader {
  let folder: String

  package init(folder: String) { self.folder = folder }

  /// There is no study in the folder.
  struct NoStudy: ReportableError {
    let folder: String
    var description: String { "\(folder): no study there: study.yaml is missing." }
    var exitCode: ExitCode { .usage }
  }

  /// The study that the folder holds.
  package func study() throws -> StudyConfig {
    let path = folder + "/study.yaml"
    guard FileManager.default.fileExists(atPath: path) else {
      guard FileManager.default.fileExists(atPath: folder + "/journal.jsonl") else {
        throw NoStudy(folder: folder)
      }
      throw StudyError.cannotRead(path: path, reason: StudyFolder.missingConfig)
    }
    do {
      return try StudyConfig(contentsOf: path)
    } catch {
      // It is what a program wrote, and no mistake of whoever reads it.
      throw StudyError.cannotRead(path: path, reason: error.description)
    }
  }

  /// Checks that the study is the journal's: a file that was changed by hand would have the results of
  /// one stand under the name of another.
  package func check(_ study: StudyConfig, against state: JournalState) throws {
    if state.study == nil, let trial = study.trials.first(where: hasResult) {
      throw StudyError.cannotRead(
        path: folder + "/journal.jsonl",
        reason:
          "it is missing or empty, though trials have ended, such as \(trial.id); restore it from a "
          + "copy, or run the study's command again, which trains them again")
    }
    guard let digest = state.digest, digest != study.digest else { return }
    // A coordinator that begins writes the one, and then the other.
    if FolderLock.isHeld(folder) { return }
    let ids = Set(study.trials.map(\.id))
    let isOther = !state.endings.isEmpty && ids.isDisjoint(with: state.endings.keys)
    guard isOther || state.study != study.name else { return }
    throw StudyError.cannotRead(
      path: folder + "/study.yaml",
      reason: "it isn't the study that the journal tells of; restore it from a copy, or run the "
        + "study's command again, which writes it")
  }

  private func hasResult(_ trial: Trial) -> Bool {
    FileManager.default.fileExists(atPath: "\(folder)/trials/\(trial.id)/\(TrialFiles.result)")
  }

  /// The first file of each finished trial that isn't what was written, by the trial's id.
  func damages(_ study: StudyConfig, _ state: JournalState) -> [String: DamagedTrialFile] {
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

  /// Checks all that a report stands on.
  func check() throws {
    let study = try study()
    let state = try state()
    try check(study, against: state)
    let damages = damages(study, state)
    if let first = study.trials.lazy.compactMap({ damages[$0.id] }).first { throw first }
  }

  /// The journal's lines.
  func records() throws -> [JournalRecord] {
    try JournalContents(contentsOf: folder + "/journal.jsonl").records
  }

  /// What the journal says.
  package func state() throws -> JournalState { JournalState.replay(try records()) }

  /// What was measured, in the order of the config.
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
      trialCount: trials.count, trials: results, testToTrain: testToTrain)
  }

  /// Results of earlier versions may be without one.
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

  /// An activation that isn't part of the study.
  struct NoSubject: ReportableError {
    let name: String
    let known: [String]
    var description: String {
      "--subject \(name): the study has no such activation; it has \(known.joined(separator: ", "))."
    }
    var exitCode: ExitCode { .usage }
  }

  /// The study as its report shows it.
  /// - Parameter subject: the activation that it is about; nil for the usual choice.
  package func reported(subject: String?) throws -> ReportedStudy {
    let study = try study()
    let records = try records()
    let state = JournalState.replay(records)
    let results = try results(study, state)
    let known = Set(study.activations.flatMap { [$0.name, $0.label] })
    if let subject, !known.contains(subject) {
      throw NoSubject(name: subject, known: study.activations.map(\.label))
    }
    let status = try StudyStatus(self)
    return ReportedStudy(
      analysis: StudyAnalysis(results, subject: subject), folder: folder, config: study.yaml,
      provenance: provenance(study, state, records), standing: status.standing,
      isComplete: status.isComplete, search: study.search,
      draws: study.draws, endingOrder: endingOrder(records))
  }

  /// Ids of the trials in the order in which each last ended.
  private func endingOrder(_ records: [JournalRecord]) -> [String] {
    var last: [String: Int] = [:]
    for record in records {
      if case .ended(let summary) = record.event { last[summary.id] = record.sequence }
    }
    return last.sorted { $0.value < $1.value }.map(\.key)
  }

  private func provenance(
    _ study: StudyConfig, _ state: JournalState, _ records: [JournalRecord]
  ) -> ReportedStudy.Provenance {
    var lines: ReportedStudy.Provenance = [
      ("folder", folder), ("trials", String(study.trials.count)),
      ("ranks per trial", study.widensGroups ? "auto" : String(study.ranksPerTrial)),
      ("config digest", String(study.digest.prefix(16))),
    ]
    lines += state.environment.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    if let first = records.first?.time, let last = records.last?.time {
      lines.append(("begun", first))
      lines.append(("last line of the journal", last))
    }
    lines.append(("wall-clock time of all runs", String(format: "%.0f s", state.seconds)))
    return lines
  }
}
