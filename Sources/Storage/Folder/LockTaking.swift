import Glibc
import Support

/// The taking of a folder's lock: the file is written under another name, and gets the lock's where
/// nobody has it, or whoever had it is gone.
struct LockTaking {
  /// What was found in the lock's place.
  struct Found {
    /// A file whose holder ended without removing it.
    var wasLeftBehind = false
    /// Its holder may still be there, and not know yet that it lost the folder.
    var mayHaveRival = false
    /// Others may have come to the same conclusion at the same time.
    var mayHaveCompetitors = false
  }

  /// Seconds after which whoever has competitors looks who was the last.
  private static let settling = 1.0
  /// Seconds between two looks at another's file.
  private static let watchInterval = 0.5
  /// Seconds of watching after which whoever wants the lock is told why that takes so long.
  private static let quietSeconds = 1.0
  /// How often files come and go before this gives up.
  private static let attempts = 100
  /// Those who look whether the lock is held have it for a moment, shared: that doesn't count.
  private static let tries = 10
  private static let secondsBetweenTries = 0.02

  let path: String
  let record: LockRecord
  let descriptor: Int32
  private let folder: String
  private let candidate: String
  private let fileSystem: any FileSystem
  private let clock: StudyClock

  /// Writes the file that is to become the lock's.
  init(
    folder: String, record: LockRecord, fileSystem: any FileSystem, clock: StudyClock
  ) throws(StudyError) {
    self.folder = folder
    path = "\(folder)/\(FolderLock.fileName)"
    candidate = Self.candidate(path, record.id ?? "")
    self.record = record
    self.fileSystem = fileSystem
    self.clock = clock
    do throws(SystemCallError) {
      descriptor = try fileSystem.openNew(candidate)
    } catch {
      throw .cannotWrite(WriteError(path: path, operation: "create the file", error))
    }
    // Where the file system has no locks, the files' contents decide.
    try? fileSystem.lock(descriptor)
    do throws(SystemCallError) {
      try fileSystem.writeAll(descriptor, record.bytes)
      try fileSystem.synchronize(descriptor)
    } catch {
      giveUp()
      throw .cannotWrite(WriteError(path: path, operation: "write the file", error))
    }
  }

  private static func candidate(_ path: String, _ id: String) -> String {
    "\(path).\(id)\(AtomicWriter.temporarySuffix)"
  }

  /// Whether a file of a folder is one that is to become its lock, or was left by a process that died
  /// before it did.
  static func isCandidate(_ name: String) -> Bool {
    name.hasPrefix(FolderLock.fileName + ".") && name.hasSuffix(AtomicWriter.temporarySuffix)
  }

  /// Gives the file the lock's name; the file is gone where that can't be.
  /// - Parameter waiting: called once where a holder is watched for longer.
  func run(_ waiting: (LockOwner) -> Void) throws(StudyError) -> Found {
    var isTold = false
    func tell(_ holder: LockOwner) {
      if !isTold { waiting(holder) }
      isTold = true
    }
    do throws(StudyError) {
      for _ in 0..<Self.attempts {
        if let found = try attempt(tell) { return found }
      }
      throw .locked(path: folder, owner: FolderLock.read(path, fileSystem)?.owner)
    } catch {
      giveUp()
      throw error
    }
  }

  private func giveUp() {
    fileSystem.remove(candidate)
    fileSystem.close(descriptor)
  }

  /// - Returns: nil where it is worth another try, because a file came or went.
  private func attempt(_ waiting: (LockOwner) -> Void) throws(StudyError) -> Found? {
    var found = Found()
    switch try create() {
    case .created: return found
    case .isThere:
      let bytes: [UInt8]
      do throws(SystemCallError) {
        bytes = try fileSystem.read(path, atMost: FolderLock.sizeLimit)
      } catch {
        if error.code == ENOENT { return nil }
        throw .cannotWrite(WriteError(path: path, operation: "take the lock", error))
      }
      // For its lock alone: nothing is written to it.
      let old = try? fileSystem.open(path, O_WRONLY)
      defer { if let old { fileSystem.close(old) } }
      guard let judged = try judge(bytes, old, waiting) else { return nil }
      // Again, as late as can be.
      guard (try? fileSystem.read(path, atMost: FolderLock.sizeLimit)) == bytes else { return nil }
      found = judged
      try rename()
    case .unsupported:
      found.mayHaveCompetitors = true
      try rename()
    }
    if found.mayHaveCompetitors { clock.sleep(Self.settling) }
    let holder = FolderLock.read(path, fileSystem)
    guard holder?.id == record.id else { throw .locked(path: folder, owner: holder?.owner) }
    return found
  }

  private enum Creation {
    case created, isThere
    /// There is no file, and the file system can't give one a name only if it is free.
    case unsupported
  }

  private func create() throws(StudyError) -> Creation {
    do throws(SystemCallError) {
      try fileSystem.link(candidate, to: path)
    } catch {
      switch error.code {
      case EEXIST: return .isThere
      case EPERM, EOPNOTSUPP, ENOSYS, EMLINK:
        let isMissing: Bool
        do throws(SystemCallError) {
          _ = try fileSystem.read(path, atMost: FolderLock.sizeLimit)
          isMissing = false
        } catch {
          isMissing = error.code == ENOENT
        }
        return isMissing ? .unsupported : .isThere
      default: throw .cannotWrite(WriteError(path: path, operation: "create the file", error))
      }
    }
    fileSystem.remove(candidate)
    return .created
  }

  private func rename() throws(StudyError) {
    do throws(SystemCallError) {
      try fileSystem.rename(candidate, to: path)
    } catch {
      throw .cannotWrite(WriteError(path: path, operation: "create the file", error))
    }
  }

  /// Whether a file may be replaced whose bytes these are.
  /// - Returns: nil where it changed meanwhile.
  private func judge(
    _ bytes: [UInt8], _ old: Int32?, _ waiting: (LockOwner) -> Void
  ) throws(StudyError) -> Found? {
    let holder = LockRecord(bytes)
    let isLocked = try old.map { old throws(StudyError) in try lock(old, holder) } ?? false
    if isLocked, !isInPlace(old) { return nil }
    var found = Found(wasLeftBehind: !bytes.isEmpty, mayHaveCompetitors: !isLocked)
    // No coordinator leaves a part of it.
    guard let holder else { return found }
    let isOfThisSystem = holder.owner.sharesSystem(with: record.owner)
    // A process of this system would have the lock.
    if isOfThisSystem, isLocked || holder.owner.isGone(for: record.owner) { return found }
    if isOfThisSystem, holder.owner.namespace == record.owner.namespace {
      throw .locked(path: folder, owner: holder.owner)
    }
    guard try isUnchanged(bytes, holder, waiting) else { return nil }
    found.mayHaveCompetitors = true
    found.mayHaveRival = true
    return found
  }

  /// Locks the file that is in the lock's place.
  /// - Returns: false where the file system has no locks.
  private func lock(_ old: Int32, _ holder: LockRecord?) throws(StudyError) -> Bool {
    for _ in 0..<Self.tries {
      do throws(SystemCallError) {
        try fileSystem.lock(old)
        return true
      } catch {
        if error.code != EWOULDBLOCK { return false }
      }
      clock.sleep(Self.secondsBetweenTries)
    }
    throw .locked(path: folder, owner: holder?.owner)
  }

  /// Whether a file that was opened is still the one in the lock's place: its holder may have removed
  /// it, or another replaced it, before it was locked here.
  private func isInPlace(_ old: Int32?) -> Bool {
    guard let old, let now = try? fileSystem.open(path, O_WRONLY) else { return false }
    defer { fileSystem.close(now) }
    return FolderLock.isSame(old, now)
  }

  /// Watches a file for as long as its holder may go without renewing it. Only looks count, not the
  /// time between them: what the folder's server can't be asked says nothing about the holder.
  /// - Returns: false where the file is another's now, or gone.
  /// - Throws: `StudyError.locked` once it is renewed.
  private func isUnchanged(
    _ bytes: [UInt8], _ holder: LockRecord, _ waiting: (LockOwner) -> Void
  ) throws(StudyError) -> Bool {
    let start = clock.seconds()
    var unchanged = 0.0
    var failures = 0
    while unchanged < FolderLock.lease {
      clock.sleep(Self.watchInterval)
      switch Result(catching: { () throws(SystemCallError) in
        try fileSystem.read(path, atMost: FolderLock.sizeLimit)
      }) {
      case .success(bytes): unchanged += Self.watchInterval
      case .success(let now):
        if LockRecord(now)?.id != holder.id { return false }
        throw .locked(path: folder, owner: holder.owner)
      case .failure(let error):
        if error.code == ENOENT { return false }
        failures += 1
        if failures == Self.attempts { throw .cannotRead(path: path, reason: error.reason) }
      }
      if clock.seconds() - start >= Self.quietSeconds { waiting(holder.owner) }
    }
    return true
  }
}
