import Coordinator
import DataParallel
import Experiments
import Foundation
import Storage
import Support
import TestSupport
import Testing

@Suite struct AtomicWriterTests {
  @Test func filesAppearWholeAndWithoutLeftovers() throws {
    try withTemporaryFolder { folder in
      let writer = AtomicWriter(fileSystem: FaultyFileSystem())
      let long = [UInt8]((0..<1000).map { UInt8($0 % 251) })
      try writer.write([("a", [1, 2, 3]), ("b", long)], into: folder)
      try writer.write([("a", [])], into: folder)
      #expect(try names(in: folder) == ["a", "b"])
      #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/a")).isEmpty)
      #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/b")) == Data(long))
    }
  }

  @Test(arguments: [FaultyFileSystem.Call.open, .write, .synchronize, .rename], [0, 1])
  func aFailureLeavesTheOldFileOrTheNewOne(call: FaultyFileSystem.Call, after: Int) throws {
    try withTemporaryFolder { folder in
      let fileSystem = FaultyFileSystem()
      let writer = AtomicWriter(fileSystem: fileSystem)
      let old = [UInt8](repeating: 1, count: 150)
      let new = [UInt8](repeating: 2, count: 150)
      try writer.write([("a", old)], into: folder)
      fileSystem.fail(call, after: after, code: EIO, partial: 60)
      let isReached = !(call == .rename && after == 1)
      if isReached {
        let error = #expect(throws: WriteError.self) {
          try writer.write([("a", new)], into: folder)
        }
        #expect(error?.exitCode == .cannotWrite)
        #expect(error?.description.contains("Input/output error") == true)
      } else {
        try writer.write([("a", new)], into: folder)
      }
      let found = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/a")))
      // Only when the folder itself can't be synchronised is the new file there already.
      let isFolderCall = after == 1 && call != .write
      #expect(found == (isFolderCall ? new : old))
      #expect(try names(in: folder) == ["a"])
    }
  }
}

@Suite struct FolderLockTests {
  @Test func aSecondCoordinatorIsRefusedWithTheFirstOnesName() throws {
    try withTemporaryFolder { folder in
      let first = LockOwner(host: "node7", pid: 4242)
      let lock = try FolderLock(folder: folder, owner: first)
      let error = #expect(throws: StudyError.locked(path: folder, owner: first)) {
        try FolderLock(folder: folder)
      }
      #expect(error?.exitCode == .environment)
      #expect(error?.description.contains("node7, process 4242,") == true)
      lock.release()
      #expect(try names(in: folder) == [])
      let second = try FolderLock(folder: folder)
      let content = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/lock"))
      #expect(try JSONDecoder().decode(LockOwner.self, from: content) == .current)
      // Releasing once more must not take the second one's file away.
      lock.release()
      #expect(try names(in: folder) == ["lock"])
      second.release()
    }
  }

  /// Earlier versions wrote no more than these two keys.
  @Test(arguments: ["", "garbage", #"{"host":"HOST","pid":1}"#, #"{"host":"HOST","pid":999999}"#])
  func aFileLeftBehindByACrashDoesNotMatter(content: String) throws {
    try withTemporaryFolder { folder in
      let text = content.replacingOccurrences(of: "HOST", with: LockOwner.current.host)
      try text.write(toFile: "\(folder)/lock", atomically: false, encoding: .utf8)
      let lock = try FolderLock(folder: folder)
      let written = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/lock"))
      #expect(try JSONDecoder().decode(LockOwner.self, from: written) == .current)
      lock.release()
    }
  }
}

@Suite struct HeldFolderLockTests {
  @Test func onlyALiveHolderCounts() throws {
    try withTemporaryFolder { folder in
      #expect(!FolderLock.isHeld(folder) && !FolderLock.isHeld("\(folder)/nowhere"))
      let lock = try FolderLock(folder: folder)
      #expect(FolderLock.isHeld(folder))
      let content = try text("\(folder)/lock")
      lock.release()
      #expect(!FolderLock.isHeld(folder))
      // A killed process leaves its file, and nothing changes by looking at it.
      try content.write(toFile: "\(folder)/lock", atomically: false, encoding: .utf8)
      #expect(!FolderLock.isHeld(folder))
      #expect(try text("\(folder)/lock") == content)
    }
  }

  /// Whoever looks has the lock for a moment, which is no reason to refuse a coordinator.
  @Test func lookingKeepsNobodyOut() throws {
    try withTemporaryFolder { folder in
      let isOver = StopFlag()
      defer { isOver.request() }
      let looking = JoinableThread(name: "looking") {
        while !isOver.isRequested { _ = FolderLock.isHeld(folder) }
      }
      for _ in 0..<500 { try FolderLock(folder: folder).release() }
      isOver.request()
      try looking.join()
    }
  }
}

@Suite struct LostFolderLockTests {
  @Test func aLockFileThatWasRemovedIsNoticedAndTheNextOnesLeftAlone() throws {
    try withTemporaryFolder { folder in
      let first = try FolderLock(folder: folder)
      #expect(first.isIntact)
      try FileManager.default.removeItem(atPath: "\(folder)/lock")
      #expect(!first.isIntact)
      let second = try FolderLock(folder: folder)
      #expect(!first.isIntact && second.isIntact)
      first.release()
      #expect(second.isIntact)
      second.release()
      #expect(try names(in: folder) == [])
    }
  }
}

@Suite struct StudyFolderTests {
  @Test func aNewFolderHoldsTheStudyAndReadsBack() throws {
    try withTemporaryFolder { parent in
      let path = "\(parent)/runs/deep/paper"
      let config = study("paper")
      let folder = try StudyFolder(opening: path, for: config)
      #expect(try names(in: path) == ["journal.jsonl", "lock", "study.yaml", "trials"])
      #expect(try StudyConfig(contentsOf: "\(path)/study.yaml") == config)
      folder.close()
      #expect(try names(in: path) == ["journal.jsonl", "study.yaml", "trials"])
    }
  }

  /// A machine that loses power keeps the names in folders that were synchronised.
  @Test func theNamesOfNewFoldersAreBroughtToTheDisk() throws {
    try withTemporaryFolder { parent in
      let fileSystem = FaultyFileSystem()
      let path = "\(parent)/runs/paper"
      let folder = try StudyFolder(opening: path, for: study("paper"), fileSystem: fileSystem)
      for made in [parent, "\(parent)/runs", path, "\(path)/trials"] {
        #expect(fileSystem.synchronisedLength(of: made) != nil, "\(made)")
      }
      folder.close()
    }
  }

  @Test func anotherStudyIsRefusedAndNothingTouched() throws {
    try withTemporaryFolder { parent in
      let path = "\(parent)/runs"
      try StudyFolder(opening: path, for: study("paper")).close()
      let before = try text("\(path)/study.yaml")
      let error = #expect(
        throws: StudyError.otherStudy(path: path, found: "paper", expected: "beta")
      ) { try StudyFolder(opening: path, for: study("beta")) }
      #expect(error?.exitCode == .usage)
      #expect(try text("\(path)/study.yaml") == before)
      #expect(try names(in: path) == ["journal.jsonl", "study.yaml", "trials"])
    }
  }

  @Test func aGrownGridIsTheSameStudy() throws {
    try withTemporaryFolder { parent in
      let path = "\(parent)/runs"
      try StudyFolder(opening: path, for: study("paper")).close()
      let grown = study("paper", seeds: [0, 1, 2, 3])
      try StudyFolder(opening: path, for: grown).close()
      #expect(try StudyConfig(contentsOf: "\(path)/study.yaml") == grown)
    }
  }

  @Test func aFolderOfSomethingElseIsRefused() throws {
    try withTemporaryFolder { parent in
      try "x".write(toFile: "\(parent)/thesis.tex", atomically: false, encoding: .utf8)
      let error = #expect(
        throws: StudyError.notAStudyFolder(path: parent, found: "thesis.tex")
      ) { try StudyFolder(opening: parent, for: study("paper")) }
      #expect(error?.exitCode == .usage)
      #expect(try names(in: parent) == ["thesis.tex"])
      let file = "\(parent)/thesis.tex"
      #expect(throws: StudyError.notAStudyFolder(path: file, found: "a file")) {
        try StudyFolder(opening: file, for: study("paper"))
      }
    }
  }

  @Test func aSecondCoordinatorIsRefused() throws {
    try withTemporaryFolder { parent in
      let folder = try StudyFolder(opening: parent, for: study("paper"))
      #expect(throws: StudyError.locked(path: parent, owner: .current)) {
        try StudyFolder(opening: parent, for: study("paper"))
      }
      folder.close()
      try StudyFolder(opening: parent, for: study("paper")).close()
    }
  }

  @Test(arguments: FaultyFileSystem.Call.allCases)
  func whatCannotBeWrittenIsSaidAndTheLockIsGone(call: FaultyFileSystem.Call) throws {
    try withTemporaryFolder { parent in
      let path = "\(parent)/runs"
      let fileSystem = FaultyFileSystem()
      fileSystem.fail(call)
      let error = #expect(throws: StudyError.self) {
        try StudyFolder(opening: path, for: study("paper"), fileSystem: fileSystem)
      }
      #expect(error?.exitCode == .cannotWrite)
      #expect(fileSystem.struck > 0)
      #expect(!FileManager.default.fileExists(atPath: "\(path)/lock"))
      try StudyFolder(opening: path, for: study("paper")).close()
    }
  }
}
