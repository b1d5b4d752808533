import Coordinator
import DataParallel
import Experiments
import Foundation
import Storage
import Support
import Synchronization
import TestSupport
import Testing

/// Two hosts and one folder, whose file system doesn't keep one out for the other.
@Suite struct LeaseTests {
  private static func owner(_ host: String) -> LockOwner {
    LockOwner(host: host, pid: 7, boot: "boot of \(host)", namespace: "pid:[1]", began: 99)
  }

  private let clock = SleepersClock()

  private func open(
    _ folder: String, as host: String, _ files: any FileSystem = LocklessFileSystem()
  ) throws(StudyError) -> StudyFolder {
    try StudyFolder(
      opening: folder, for: study("paper"), fileSystem: files, owner: Self.owner(host),
      clock: clock.clock)
  }

  private func lock(
    _ folder: String, as owner: LockOwner, _ files: any FileSystem = LocklessFileSystem()
  ) throws(StudyError) -> FolderLock {
    try FolderLock(folder: folder, owner: owner, fileSystem: files, clock: clock.clock)
  }

  @Test(arguments: LocklessFileSystem.Locks.allCases)
  func aHolderThatRenewsKeepsTheFolder(locks: LocklessFileSystem.Locks) throws {
    try withTemporaryFolder { folder in
      let files = LocklessFileSystem(locks)
      nonisolated(unsafe) let first = try lock(folder, as: Self.owner("alpha"), files)
      clock.whileOthersSleep { _ in try? first.confirm() }
      for _ in 1...5 {
        #expect(throws: StudyError.locked(path: folder, owner: Self.owner("alpha"))) {
          try lock(folder, as: Self.owner("beta"), files)
        }
      }
      #expect(first.isIntact)
      first.release()
      let start = clock.seconds
      let second = try lock(folder, as: Self.owner("beta"), files)
      // What was let go of is taken at once.
      #expect(clock.seconds == start && !second.wasLeftBehind)
      #expect(try names(in: folder) == ["lock"])
    }
  }

  @Test(arguments: LocklessFileSystem.Locks.allCases)
  func aHolderThatIsGoneIsWaitedForAndFollowed(locks: LocklessFileSystem.Locks) throws {
    try withTemporaryFolder { folder in
      let files = LocklessFileSystem(locks)
      let first = try lock(folder, as: Self.owner("alpha"), files)
      let start = clock.seconds
      let second = try lock(folder, as: Self.owner("beta"), files)
      #expect(clock.seconds - start >= FolderLock.lease)
      #expect(second.isIntact && second.wasLeftBehind)
      // The first one wakes up.
      #expect(!first.isIntact)
      clock.sleep(1)
      #expect(throws: StudyError.lockLost(path: folder)) { try first.confirm() }
      first.release()
      try second.confirm()
      #expect(second.isIntact)
    }
  }

  /// Not a line of a coordinator that was asleep, and none of its files, comes after it lost the folder.
  @Test func whoeverWakesUpLateWritesNothing() throws {
    try withTemporaryFolder { folder in
      let first = try open(folder, as: "alpha")
      let event = StudyEvent.note(trial: nil, text: "before")
      try first.journal.append(event, time: "t")
      let second = try open(folder, as: "beta")
      try second.journal.append(.note(trial: nil, text: "second"), time: "t")
      clock.sleep(1)
      #expect(throws: StudyError.lockLost(path: folder)) {
        try first.journal.append(.note(trial: nil, text: "first"), time: "t")
      }
      first.close()
      #expect(second.state.study == nil)
      try second.journal.append(.note(trial: nil, text: "third"), time: "t")
      let lines = try JournalContents(contentsOf: "\(folder)/journal.jsonl").records.map(\.event)
      #expect(
        lines == ["before", "second", "third"].map { StudyEvent.note(trial: nil, text: $0) })
      second.close()
    }
  }

  /// Nor does a line that was under way when it fell asleep, and nobody could look any more.
  @Test func aLineUnderWayWhenTheFolderWasLostIsReadByNobody() throws {
    try withTemporaryFolder { folder in
      let sleeping = LocklessFileSystem()
      let first = try open(folder, as: "alpha", sleeping)
      try first.journal.append(.note(trial: nil, text: "before"), time: "t")
      nonisolated(unsafe) var second: StudyFolder?
      sleeping.interrupt(at: 0) { second = try? self.open(folder, as: "beta") }
      // It looked at the file just now, so its next call is the write.
      try first.journal.append(.note(trial: nil, text: "late"), time: "t")
      #expect(sleeping.endInterruption())
      try #require(second).journal.append(.note(trial: nil, text: "second"), time: "t")
      let lines = try JournalContents(contentsOf: "\(folder)/journal.jsonl").records.map(\.event)
      #expect(lines == ["before", "second"].map { StudyEvent.note(trial: nil, text: $0) })
      second?.close()
    }
  }

  /// At whichever call of one host's taking another takes the folder too, one of them has it afterwards,
  /// and the other knows.
  @Test(arguments: [false, true], [false, true])
  func onlyOneOfTwoAtOnceHasIt(isLeftBehind: Bool, hasLinks: Bool) throws {
    for locks in LocklessFileSystem.Locks.allCases {
      try race(isLeftBehind: isLeftBehind, hasLinks: hasLinks, locks)
    }
  }

  private func race(
    isLeftBehind: Bool, hasLinks: Bool, _ locks: LocklessFileSystem.Locks
  ) throws {
    var call = 0
    var isOver = false
    while !isOver {
      try withTemporaryFolder { folder in
        if isLeftBehind { try lock(folder, as: Self.owner("gamma")).leave() }
        let files = LocklessFileSystem(locks, hasLinks: hasLinks)
        let others = LocklessFileSystem(locks, hasLinks: hasLinks)
        nonisolated(unsafe) var second: FolderLock?
        files.interrupt(at: call) {
          second = try? self.lock(folder, as: Self.owner("beta"), others)
        }
        let first = try? lock(folder, as: Self.owner("alpha"), files)
        isOver = !files.endInterruption()
        let holders = [first, second].compactMap { $0 }.filter(\.isIntact)
        #expect(holders.count == 1, "call \(call)")
        for lock in [first, second].compactMap({ $0 }) where !lock.isIntact {
          clock.sleep(1)
          #expect(throws: StudyError.lockLost(path: folder)) { try lock.confirm() }
        }
        #expect(try names(in: folder) == ["lock"], "call \(call)")
      }
      call += 1
    }
    // Opened, locked, written, synchronised, linked at least.
    #expect(call > 5)
  }

  /// Whoever waits for longer is told once for whom, and not before it is clear that it takes longer; what
  /// is decided at once is no news.
  @Test func whoeverWaitsIsTold() throws {
    try withTemporaryFolder { folder in
      var told: [(holder: LockOwner, time: Double)] = []
      func take(_ host: String) throws(StudyError) -> FolderLock {
        let clock = self.clock
        return try FolderLock(
          folder: folder, owner: Self.owner(host), fileSystem: LocklessFileSystem(),
          clock: clock.clock, waiting: { told.append(($0, clock.seconds)) })
      }
      nonisolated(unsafe) let first = try take("alpha")
      #expect(told.isEmpty)
      // Renewed within the first second: refused without a word.
      clock.whileOthersSleep { _ in try? first.confirm() }
      clock.sleep(2.5)
      #expect(throws: StudyError.locked(path: folder, owner: Self.owner("alpha"))) {
        try take("beta")
      }
      #expect(told.isEmpty)
      clock.whileOthersSleep { _ in }
      let start = clock.seconds
      let second = try take("beta")
      #expect(told.map(\.holder) == [Self.owner("alpha")])
      #expect(told.map { $0.time - start } == [1])
      #expect(second.isIntact && clock.seconds - start >= FolderLock.lease)
    }
  }

  @Test func theNoticeOfAWaitSaysWhoAndHowLong() {
    let holder = LockOwner(host: "evil\u{1B}[2Jhost", pid: 3)
    #expect(
      holder.waitingNotice(folder: "runs/x")
        == "runs/x: another host holds the lock (evil [2Jhost, process 3); waiting up to 15 s to "
        + "see whether it is still alive")
  }

  /// One process id, in two containers of one host name.
  @Test func aProcessIsNotAnotherOfTheSameNumber() throws {
    try withTemporaryFolder { folder in
      let files = LocklessFileSystem(.missing)
      let container = LockOwner(
        host: "node", pid: 1, boot: "boot", namespace: "pid:[1]", began: 5)
      var other = container
      other.namespace = "pid:[2]"
      nonisolated(unsafe) let first = try lock(folder, as: container, files)
      clock.whileOthersSleep { _ in try? first.confirm() }
      #expect(throws: StudyError.locked(path: folder, owner: container)) {
        try lock(folder, as: other, files)
      }
      #expect(first.isIntact)
    }
  }

  /// The usual case: one host, and whoever held the folder was killed. Nobody waits.
  @Test func ofThisSystemNobodyIsWaitedFor() throws {
    try withTemporaryFolder { folder in
      for files in [POSIXFileSystem(), LocklessFileSystem(.missing)] as [any FileSystem] {
        var dead = LockOwner.current
        #expect(dead.boot?.isEmpty == false && dead.namespace?.isEmpty == false)
        // Its number is used again by now, and so is this process's.
        dead.began = 1
        try lock(folder, as: dead, files).leave()
        let start = clock.seconds
        let next = try lock(folder, as: .current, files)
        #expect(next.wasLeftBehind && next.isIntact)
        #expect(clock.seconds - start <= 1)
        next.release()
      }
      // Whoever lives is refused at once too.
      let files = LocklessFileSystem(.missing)
      let living = try lock(folder, as: .current, files)
      let start = clock.seconds
      #expect(throws: StudyError.locked(path: folder, owner: .current)) {
        try lock(folder, as: .current, files)
      }
      #expect(clock.seconds == start)
      living.release()
    }
  }

  /// What a host calls itself isn't trusted with a terminal.
  @Test func aHostsNameIsCleanedBeforeItIsSaid() {
    let error = StudyError.locked(
      path: "runs/x", owner: LockOwner(host: "evil\u{1B}[2J\u{9B}1m\nhost", pid: 3))
    #expect(error.description.contains("evil [2J 1m host, process 3,"))
  }
}
