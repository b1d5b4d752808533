import Coordinator
import DataParallel
import Experiments
import Storage
import Support
import Foundation
import NeuralNet
import Synchronization
import TestSupport
import Testing

/// The machine's file system, which counts the calls that change something, and lets another host act
/// before a chosen call of any kind.
private final class WatchedFileSystem: ForwardingFileSystem {
  private struct State {
    var calls = 0
    var changes = 0
    var act: (at: Int, body: @Sendable () -> Void)?
  }

  private let state = Mutex(State())

  var changes: Int { state.withLock { $0.changes } }

  /// Before the `call`-th call from now, counted from 0, another acts.
  func interrupt(at call: Int, _ body: @escaping @Sendable () -> Void) {
    state.withLock { $0.act = ($0.calls + call, body) }
  }

  var wasInterrupted: Bool { state.withLock { $0.act == nil } }

  private func count(isChange: Bool) {
    let act: (@Sendable () -> Void)? = state.withLock { state in
      defer { state.calls += 1 }
      if isChange { state.changes += 1 }
      guard let act = state.act, act.at == state.calls else { return nil }
      state.act = nil
      return act.body
    }
    act?()
  }

  func createDirectory(_ path: String) throws(SystemCallError) -> Bool {
    count(isChange: true)
    return try real.createDirectory(path)
  }
  func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32 {
    count(isChange: flags & O_ACCMODE != O_RDONLY)
    return try real.open(path, flags)
  }
  func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemCallError) -> Int {
    count(isChange: true)
    return try real.write(descriptor, bytes)
  }
  func truncate(_ descriptor: Int32, to length: Int) throws(SystemCallError) {
    count(isChange: true)
    try real.truncate(descriptor, to: length)
  }
  func rename(_ old: String, to new: String) throws(SystemCallError) {
    count(isChange: true)
    try real.rename(old, to: new)
  }
  func remove(_ path: String) {
    count(isChange: true)
    real.remove(path)
  }
  func read(_ path: String, atMost limit: Int) throws(SystemCallError) -> [UInt8] {
    count(isChange: false)
    return try real.read(path, atMost: limit)
  }
  func lock(_ descriptor: Int32) throws(SystemCallError) {}
}

/// Checkpoints of a job whose coordinator lost the folder to another host's, while its ranks slept or were
/// about to write.
@Suite struct FencedCheckpointTests {
  private let clock = SleepersClock()
  private let id = trial(1).id
  private var arena: ParameterArena {
    Network(
      NetworkSpec(
        input: ImageShape(height: 2, width: 2, channels: 1), hidden: [3], classes: 2,
        activation: .relu),
      capacity: 1, seed: 1
    ).arena
  }

  private func open(_ folder: String, as host: String) throws(StudyError) -> StudyFolder {
    try StudyFolder(
      opening: folder, for: study("paper"), fileSystem: LocklessFileSystem(),
      owner: LockOwner(host: host, pid: 7, boot: "boot of \(host)", namespace: "n", began: 99),
      clock: clock.clock)
  }

  private func checkpoints(
    _ folder: String, _ holder: StudyFolder, _ files: any FileSystem = LocklessFileSystem()
  ) -> CheckpointFolder {
    StudyFolder.checkpoints(of: id, in: folder, lock: holder.lock.id, fileSystem: files)
  }

  private func save(step: Int, _ checkpoints: CheckpointFolder) throws(WriteError) {
    var state = TrainingState(trial: id)
    state.step = step
    try checkpoints.save(state, arena)
  }

  private func step(_ checkpoints: CheckpointFolder) -> Int? {
    checkpoints.newestState(trial: id, arena).state?.step
  }

  /// Every file below a folder with its bytes.
  private func contents(_ folder: String) throws -> [String: Data] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder)
    return Dictionary(
      uniqueKeysWithValues: paths.map {
        ($0, FileManager.default.contents(atPath: "\(folder)/\($0)") ?? Data())
      })
  }

  @Test func whoeverLostTheFolderWritesNoCheckpoint() throws {
    try withTemporaryFolder { folder in
      let first = try open(folder, as: "alpha")
      let late = checkpoints(folder, first)
      try save(step: 1, late)
      try save(step: 2, late)
      let second = try open(folder, as: "beta")
      let next = checkpoints(folder, second)
      #expect(step(next) == 2)
      try save(step: 7, next)
      let before = try contents(folder)
      let error = #expect(throws: WriteError.self) { try save(step: 3, late) }
      #expect(error?.description.contains("another process took the study's folder over") == true)
      // Nor does it clear up what is another's by now, or put aside what it can't read.
      late.remove()
      _ = late.newestState(trial: "another", arena)
      #expect(try contents(folder) == before)
      #expect(step(next) == 7)
      // Its own coordinator has lost the folder as well, and the other goes on.
      first.close()
      try save(step: 8, next)
      #expect(step(next) == 8)
      second.close()
      // Without any lock nobody writes.
      #expect(throws: WriteError.self) { try save(step: 9, next) }
      #expect(step(next) == 8)
    }
  }

  /// The folder may be lost at any call of a checkpoint. What was under way then is one call at most, and
  /// the new holder finds a checkpoint that is whole.
  @Test func nothingFollowsTheCallAtWhichTheFolderIsLost() throws {
    var call = 0
    var isOver = false
    while !isOver {
      try withTemporaryFolder { folder in
        let first = try open(folder, as: "alpha")
        let files = WatchedFileSystem()
        let late = checkpoints(folder, first, files)
        try save(step: 1, late)
        try save(step: 2, late)
        nonisolated(unsafe) var second: StudyFolder?
        let changes = Mutex(0)
        files.interrupt(at: call) {
          second = try? self.open(folder, as: "beta")
          changes.withLock { $0 = files.changes }
        }
        var isRefused = false
        do {
          try save(step: 3, late)
        } catch {
          isRefused = true
        }
        isOver = !files.wasInterrupted
        if isOver {
          #expect(!isRefused)
          return
        }
        // The call that was under way was counted before the other acted.
        #expect(files.changes == changes.withLock { $0 }, "call \(call)")
        let next = checkpoints(folder, try #require(second))
        let found = try #require(step(next), "call \(call)")
        #expect(2...3 ~= found, "call \(call)")
        try save(step: 9, next)
        #expect(step(next) == 9)
      }
      call += 1
    }
    // A folder, a file, writes, two renames, each with a look before it, and the synchronisations.
    #expect(call >= 10)
  }

  /// The group's first rank is told by the coordinator under which id it writes.
  @Test func ranksWriteInTheNameOfTheirCoordinator() throws {
    try withTemporaryFolder { folder in
      let steps = Mutex<[Int?]>([])
      let result = try StudyRunner(groups: 1).run(in: folder, seeds: 1..<2) { trial, reporter in
        let checkpoints = StudyFolder.checkpoints(of: trial.id, in: folder, lock: reporter.lock)
        try self.save(step: 4, checkpoints)
        steps.withLock { $0.append(self.step(checkpoints)) }
        return try pretendToTrain(trial, reporter)
      }
      #expect(result.coordinator.exitCode == .done)
      #expect(steps.withLock { $0 } == [4])
    }
  }

  /// What a rank may not write any more because the folder is lost, the study doesn't call a full disk.
  @Test func aStudyThatLostItsFolderSaysSo() throws {
    try withTemporaryFolder { folder in
      let result = try StudyRunner(groups: 1).run(in: folder, seeds: 1..<2) { trial, reporter in
        let checkpoints = StudyFolder.checkpoints(of: trial.id, in: folder, lock: reporter.lock)
        try FileManager.default.removeItem(atPath: "\(folder)/lock")
        do throws(WriteError) {
          try self.save(step: 4, checkpoints)
        } catch {
          try reporter.cannotWrite(error)
        }
        return try pretendToTrain(trial, reporter)
      }
      #expect(result.coordinator.exitCode == .environment)
      #expect(result.coordinator.problem?.contains("lock file was removed") == true)
    }
  }
}
