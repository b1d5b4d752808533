import DataParallel
import Experiments
import Foundation

/// A study's folder, open for writing by one coordinator.
///
/// ```
/// study.yaml  journal.jsonl  results.csv  lock
/// trials/<id>/  trial.json  progress.csv  layers.csv  result.json  confusion.csv
///               model.safetensors  checkpoint.safetensors  checkpoint.previous.safetensors
/// ```
/// A folder belongs to the study with the name that its `study.yaml` gives. The same name with
/// another grid is the same study, grown or cut: what both have is kept, and trials that the grid no
/// longer has stay in the folder, but not in its tables.
public final class StudyFolder {
  /// The folder.
  public let path: String
  /// The study, as it is run now.
  public let config: StudyConfig
  let journal: Journal
  private let lock: FolderLock
  private let writer: AtomicWriter

  /// Opens the folder of a study, which is created with the folders around it where there is none.
  /// - Parameters:
  ///   - path: the folder.
  ///   - config: the study.
  /// - Throws: `StudyError`. Nothing is written to a folder that belongs to another study, isn't a
  ///   study's, or is in use.
  public convenience init(opening path: String, for config: StudyConfig) throws(StudyError) {
    try self.init(opening: path, for: config, fileSystem: POSIXFileSystem())
  }

  /// As above, over a given file system.
  package init(
    opening path: String, for config: StudyConfig, fileSystem: any FileSystem
  ) throws(StudyError) {
    self.path = path
    self.config = config
    let writer = AtomicWriter(fileSystem: fileSystem)
    self.writer = writer
    try Self.checkOwnership(of: path, config)
    try Self.createWithParents(path, writer)
    lock = try FolderLock(folder: path)
    // Between the check and the lock another study may have moved in.
    try Self.checkOwnership(of: path, config)
    try writing { () throws(WriteError) in
      try writer.createFolder("\(path)/trials")
      // Of what a coordinator made there before it died, the names may not be on the disk yet.
      try writer.synchronize(folder: "\(path)/trials")
    }
    journal = try Journal(folder: path, fileSystem: fileSystem)
    removeUnfinishedFiles(fileSystem)
    removeNeedlessCheckpoints()
    try writing { () throws(WriteError) in
      try writer.write([("study.yaml", Array(config.yaml.utf8))], into: path)
    }
  }

  /// Lets the next coordinator in. The folder takes no more writes.
  public func close() { lock.release() }

  /// As a process that is killed leaves it: the next coordinator sees that this one died.
  func leaveBehind() { lock.leave() }

  /// Whether the last coordinator died. One that can't write any more lets go of the folder, which
  /// takes no room on the disk, though its journal doesn't say that it closed.
  var wasLeftBehind: Bool { lock.wasLeftBehind }

  /// What the journal says of the study's trials.
  public var state: JournalState { journal.state }

  /// Throws `StudyError.lockLost` when the lock file is no longer the one taken here.
  func checkLock() throws(StudyError) {
    guard lock.isIntact else { throw .lockLost(path: path) }
  }

  /// Whether the result of a trial is there.
  func hasResult(of id: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/trials/\(id)/result.json")
  }

  /// Where the group's first rank keeps the checkpoints of a trial.
  public static func checkpoints(of id: String, in folder: String) -> CheckpointFolder {
    CheckpointFolder("\(folder)/trials/\(id)")
  }

  func checkpoints(of id: String) -> CheckpointFolder { Self.checkpoints(of: id, in: path) }

  /// Removes what a killed process left of files that it was writing.
  private func removeUnfinishedFiles(_ fileSystem: any FileSystem) {
    guard let names = FileManager.default.enumerator(atPath: path) else { return }
    for case let name as String in names where name.hasSuffix(AtomicWriter.temporarySuffix) {
      fileSystem.remove("\(path)/\(name)")
    }
  }

  /// Removes the checkpoints of trials that have ended: a process that was killed may have written
  /// the end, and not come to this.
  private func removeNeedlessCheckpoints() {
    for (id, ending) in state.endings where ending.status != .stopped && state.running[id] == nil {
      checkpoints(of: id).remove()
    }
  }

  /// Writes the configuration and the epochs of a running trial.
  func write(progress epochs: [EpochRecord], of trial: QueuedTrial) throws(StudyError) {
    try write([configuration(of: trial)] + progress(epochs), of: trial)
  }

  /// Writes all that a finished trial gives.
  func write(
    _ summary: TrialSummary, _ trained: TrainedTrial, of trial: QueuedTrial
  ) throws(StudyError) {
    let outcome = trained.outcome
    let confusion = outcome.confusion.csv(classNames: outcome.classNames)
    try write(
      [
        configuration(of: trial), ("confusion.csv", Array(confusion.utf8)),
        ("model.safetensors", trained.model),
      ] + progress(outcome.epochs) + [result(summary)], of: trial)
  }

  /// Writes what a failed trial leaves: the epochs until then, and why it failed.
  func write(
    failure summary: TrialSummary, epochs: [EpochRecord], of trial: QueuedTrial
  ) throws(StudyError) {
    try write([configuration(of: trial)] + progress(epochs) + [result(summary)], of: trial)
  }

  /// Writes `results.csv`: the trials that have ended, in the given order.
  func writeResults(of trials: [QueuedTrial]) throws(StudyError) {
    let endings = journal.state.endings
    let text = TrialSummary.csv(trials.compactMap { endings[$0.id] })
    try writing { () throws(WriteError) in
      try writer.write([("results.csv", Array(text.utf8))], into: path)
    }
  }

  private func write(
    _ files: [(name: String, bytes: [UInt8])], of trial: QueuedTrial
  ) throws(StudyError) {
    let folder = "\(path)/trials/\(trial.id)"
    try writing { () throws(WriteError) in
      try writer.createFolder(folder)
      try writer.write(files, into: folder)
    }
  }

  private func configuration(of trial: QueuedTrial) -> (name: String, bytes: [UInt8]) {
    ("trial.json", Array((trial.trial.canonicalConfiguration + "\n").utf8))
  }

  private func progress(_ epochs: [EpochRecord]) -> [(name: String, bytes: [UInt8])] {
    [
      ("progress.csv", Array(EpochRecord.csv(epochs).utf8)),
      ("layers.csv", Array(LayerRecord.csv(epochs).utf8)),
    ]
  }

  private func result(_ summary: TrialSummary) -> (name: String, bytes: [UInt8]) {
    do {
      return ("result.json", Array(try summary.json().utf8))
    } catch {
      preconditionFailure("the result of trial \(summary.id) can't be encoded: \(error)")
    }
  }
}

extension StudyFolder {
  /// Files that a coordinator may leave in a folder before `study.yaml` is there.
  private static let early: Set<String> = [
    FolderLock.fileName, "trials", Journal.fileName, "study.yaml" + AtomicWriter.temporarySuffix,
  ]

  /// Refuses a folder of another study, and one that holds something else. Writes nothing.
  private static func checkOwnership(
    of path: String, _ config: StudyConfig
  ) throws(StudyError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    guard isFolder.boolValue else { throw .notAStudyFolder(path: path, found: "a file") }
    let file = "\(path)/study.yaml"
    guard FileManager.default.fileExists(atPath: file) else {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
      guard let other = names.sorted().first(where: { !early.contains($0) }) else { return }
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

  private static func createWithParents(
    _ path: String, _ writer: AtomicWriter
  ) throws(StudyError) {
    var folder = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      folder += part
      if !FileManager.default.fileExists(atPath: folder) {
        let part = folder
        try writing { () throws(WriteError) in try writer.createFolder(part) }
      }
      folder += "/"
    }
  }
}
