import Experiments
import Foundation
import Support

/// A study's folder, open for writing by one coordinator.
///
/// ```
/// study.yaml  journal.jsonl  results.csv  lock
/// trials/<id>/  trial.json  progress.csv  layers.csv  parameters.csv  result.json  confusion.csv
///               model.safetensors  checkpoint.safetensors  checkpoint.previous.safetensors
/// ```
/// A folder belongs to the study named in its `study.yaml`. The same name with another grid is the
/// same study, extended or reduced: common trials are kept; trials that the grid no longer has stay
/// in the folder but not in its tables.
package final class StudyFolder {
  package let path: String
  package let config: StudyConfig
  package let journal: Journal
  package let lock: FolderLock
  private let writer: AtomicWriter
  /// Follows no link below the folder.
  private let files: any FileSystem

  /// Opens the folder of a study; creates it with its parents if missing. A folder that isn't this
  /// study's, or is in use, stays as it is.
  /// - Parameters:
  ///   - allowsForeignFolder: whether the folder may be another user's.
  ///   - waiting: called while a holder of the folder that may be alive is watched.
  package init(
    opening path: String, for config: StudyConfig,
    fileSystem: any FileSystem = POSIXFileSystem(), allowsForeignFolder: Bool = false,
    owner: LockOwner = .current, clock: StudyClock = .system,
    waiting: (LockOwner) -> Void = { _ in }
  ) throws(StudyError) {
    self.path = path
    self.config = config
    try Self.checkOwnership(of: path, config)
    let isNew = try Self.createWithParents(path, AtomicWriter(fileSystem: fileSystem))
    let files = fileSystem.within(path)
    self.files = files
    let writer = AtomicWriter(fileSystem: files)
    self.writer = writer
    if !isNew, !allowsForeignFolder { try Self.checkUser(of: path, files) }
    let lock = try FolderLock(
      folder: path, owner: owner, fileSystem: files, clock: clock, waiting: waiting)
    self.lock = lock
    // Another study may have moved in between the check and the lock.
    try Self.checkOwnership(of: path, config)
    try writing { () throws(WriteError) in
      try writer.createFolder("\(path)/trials")
      // A coordinator may have created folders there and died before their names were on the disk.
      try writer.synchronize(folder: "\(path)/trials")
    }
    journal = try Journal(
      folder: path, fileSystem: files, isReplaced: lock.mayHaveRival,
      confirm: { () throws(StudyError) in try lock.confirm() })
    removeUnfinishedFiles()
    removeNeedlessCheckpoints()
    try writing { () throws(WriteError) in
      try writer.write([(Self.configName, Array(config.yaml.utf8))], into: path)
    }
  }

  /// Releases the folder to the next coordinator; it takes no more writes.
  package func close() { lock.release() }

  package var state: JournalState { journal.state }

  /// Checks that a trial that the journal calls finished is done.
  package func check(_ summary: TrialSummary) throws(DamagedTrialFile) {
    try TrialFiles.check(summary, in: "\(path)/trials/\(summary.id)", fileSystem: files)
  }

  package func checkpoints(of id: String) -> CheckpointFolder {
    CheckpointFolder(
      "\(path)/trials/\(id)", fileSystem: FencedFileSystem(files, folder: path, id: lock.id))
  }

  /// Removes the unfinished files of a killed process; only names that this program writes.
  private func removeUnfinishedFiles() {
    func remove(_ names: [String], in folder: String) {
      for name in names { files.remove("\(folder)/\(name)\(AtomicWriter.temporarySuffix)") }
    }
    remove([Self.configName, Self.resultsName, Journal.fileName], in: path)
    let ids = (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/trials")) ?? []
    for id in ids { remove(TrialFiles.all + [CheckpointFolder.newest], in: "\(path)/trials/\(id)") }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    where LockTaking.isCandidate(name) {
      let file = "\(path)/\(name)"
      if FolderLock.read(file, files)?.owner.isGone(for: .current) == true { files.remove(file) }
    }
  }

  /// Removes ended trials' checkpoints, left by a process killed after recording the end.
  private func removeNeedlessCheckpoints() {
    for (id, ending) in state.endings where ending.status != .stopped && state.running[id] == nil {
      // Not fenced per file, since the lock was acquired a moment ago.
      CheckpointFolder("\(path)/trials/\(id)", fileSystem: files).remove()
    }
  }

  package func write(progress epochs: [EpochRecord], of id: String, _ trial: Trial)
    throws(StudyError)
  {
    try write([configuration(of: trial)] + progress(epochs), of: id, trial)
  }

  /// Writes a finished trial's files.
  /// - Returns: the summary with their marks.
  package func write(
    _ summary: TrialSummary, _ trained: TrainedTrial, of id: String, _ trial: Trial
  ) throws(StudyError) -> TrialSummary {
    let outcome = trained.outcome
    let confusion = outcome.confusion.csv(classNames: outcome.classNames)
    let files =
      [
        configuration(of: trial), (TrialFiles.confusion, Array(confusion.utf8)),
        (TrialFiles.model, trained.model),
      ] + progress(outcome.epochs)
    var summary = summary
    summary.files = TrialFiles.marks(files)
    try write(files + [result(summary)], of: id, trial)
    return summary
  }

  package func write(
    failure summary: TrialSummary, epochs: [EpochRecord], of id: String, _ trial: Trial
  ) throws(StudyError) {
    try write([configuration(of: trial)] + progress(epochs) + [result(summary)], of: id, trial)
  }

  /// Writes `results.csv`: the ended trials, in the given order.
  package func writeResults(of ids: [String]) throws(StudyError) {
    let endings = journal.state.endings
    let text = TrialSummary.csv(ids.compactMap { endings[$0] })
    try lock.confirm()
    try writing { () throws(WriteError) in
      try writer.write([(Self.resultsName, Array(text.utf8))], into: path)
    }
  }

  private func write(
    _ files: [(name: String, bytes: [UInt8])], of id: String, _ trial: Trial
  ) throws(StudyError) {
    let folder = "\(path)/trials/\(id)"
    try lock.confirm()
    try writing { () throws(WriteError) in
      try writer.createFolder(folder)
      try writer.write(files, into: folder)
    }
  }

  private func configuration(of trial: Trial) -> (name: String, bytes: [UInt8]) {
    (TrialFiles.configuration, Array((trial.canonicalConfiguration + "\n").utf8))
  }

  private func progress(_ epochs: [EpochRecord]) -> [(name: String, bytes: [UInt8])] {
    [
      (TrialFiles.progress, Array(EpochRecord.csv(epochs).utf8)),
      (TrialFiles.layers, Array(LayerRecord.csv(epochs).utf8)),
    ]
      + [LearnedRecord.csv(epochs)].compactMap(\.self).map {
        (TrialFiles.parameters, Array($0.utf8))
      }
  }

  private func result(_ summary: TrialSummary) -> (name: String, bytes: [UInt8]) {
    do {
      return (TrialFiles.result, Array(try summary.json().utf8))
    } catch {
      preconditionFailure("the result of trial \(summary.id) can't be encoded: \(error)")
    }
  }
}

extension StudyFolder {
  package static let configName = "study.yaml"
  private static let resultsName = "results.csv"

  /// Whether a coordinator may leave this file in a folder that has no `study.yaml` yet.
  private static func isEarly(_ name: String) -> Bool {
    LockTaking.isCandidate(name)
      || [
        FolderLock.fileName, "trials", Journal.fileName,
        Journal.fileName + AtomicWriter.temporarySuffix,
        configName + AtomicWriter.temporarySuffix,
      ].contains(name)
  }

  package static let missingConfig =
    "the file is missing, though there is a study's journal beside it; restore it from a copy, or move "
    + "the folder away"

  package static func checkUser(of path: String) throws(StudyError) {
    guard FileManager.default.fileExists(atPath: path) else { return }
    try checkUser(of: path, POSIXFileSystem())
  }

  /// Refuses a folder of another user, who could plant files that the study then trusts. A folder
  /// of one's own that others may write to is accepted: nothing is written through a link there,
  /// and sharing it was its owner's choice.
  private static func checkUser(of path: String, _ files: any FileSystem) throws(StudyError) {
    let owner: UInt32
    do throws(SystemCallError) {
      let folder = try files.open(path, O_RDONLY | O_DIRECTORY)
      defer { files.close(folder) }
      owner = try files.owner(folder)
    } catch {
      throw .cannotWrite(WriteError(path: path, operation: "open the folder", error))
    }
    if owner != geteuid() { throw .foreignFolder(path: path, owner: owner) }
  }

  /// Refuses a folder that holds another study or something else. Writes nothing.
  private static func checkOwnership(
    of path: String, _ config: StudyConfig
  ) throws(StudyError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    guard isFolder.boolValue else { throw .notAStudyFolder(path: path, found: "a file") }
    let file = "\(path)/\(configName)"
    guard FileManager.default.fileExists(atPath: file) else {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
      let journal = "\(path)/\(Journal.fileName)"
      let size = (try? FileManager.default.attributesOfItem(atPath: journal))?[.size] as? NSNumber
      if let size, size.intValue > 0 {
        throw .cannotRead(path: file, reason: missingConfig)
      }
      guard let other = names.sorted().first(where: { !isEarly($0) }) else { return }
      throw .notAStudyFolder(path: path, found: other)
    }
    let found: StudyConfig
    do {
      found = try StudyConfig(contentsOf: file)
    } catch {
      throw .cannotRead(path: file, reason: error.description)
    }
    guard found.name == config.name else {
      throw .otherStudy(path: path, found: found.name, expected: config.name)
    }
  }

  /// - Returns: whether the folder is new.
  private static func createWithParents(
    _ path: String, _ writer: AtomicWriter
  ) throws(StudyError) -> Bool {
    var folder = path.hasPrefix("/") ? "/" : ""
    var isNew = false
    for part in path.split(separator: "/") {
      folder += part
      isNew = false
      if !FileManager.default.fileExists(atPath: folder) {
        let part = folder
        isNew = try writing { () throws(WriteError) in try writer.createFolder(part) }
      }
      folder += "/"
    }
    return isNew
  }
}
