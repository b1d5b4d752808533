import Glibc
import Support

/// Acquires a folder's lock: the file is written under a temporary name and renamed to the lock's
/// if nobody holds it or the holder is dead.
struct LockTaking {
  struct Found {
    var wasLeftBehind = false
    /// The holder may be alive and unaware that it lost the folder.
    var mayHaveRival = false
    /// Others may have reached the same conclusion at the same time.
    var mayHaveCompetitors = false
  }

  /// Seconds after which a taker with competitors checks who was last.
  private static let settling = 1.0
  /// Seconds between two reads of another's file.
  private static let watchInterval = 0.5
  /// Seconds of watching after which `waiting` is called.
  private static let quietSeconds = 1.0
  /// How often the file may appear and vanish before this throws.
  private static let attempts = 100
  /// Readers lock the file shared for a moment to see whether it is held; retries get past them.
  private static let tries = 10
  private static let secondsBetweenTries = 0.02

  let path: String
  let record: LockRecord
  let descriptor: Int32
  private let folder: String
  private let candidate: String
  private let fileSystem: any FileSystem
  private let clock: StudyClock

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
    // On a file system without locks, the files' contents decide.
    try? fileSystem.lock(descriptor)
    do throws(SystemCallError) {
      try fileSystem.writeAll(descriptor, record.bytes)
      try fileSystem.synchronize(descriptor)
    } catch {
      abandon()
      throw .cannotWrite(WriteError(path: path, operation: "write the file", error))
    }
  }

  private static func candidate(_ path: String, _ id: String) -> String {
    "\(path).\(id)\(AtomicWriter.temporarySuffix)"
  }

  /// Whether a name is that of a temporary lock file, possibly left by a process that died.
  static func isCandidate(_ name: String) -> Bool {
    name.hasPrefix(FolderLock.fileName + ".") && name.hasSuffix(AtomicWriter.temporarySuffix)
  }

  /// Renames the file to the lock's; removes it if that fails.
  /// - Parameter waiting: called once if a holder is watched for longer.
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
      abandon()
      throw error
    }
  }

  private func abandon() {
    fileSystem.remove(candidate)
    fileSystem.close(descriptor)
  }

  /// - Returns: nil if a file appeared or vanished, so that a retry may succeed.
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
      // Opened only to lock it; nothing is written.
      let old = try? fileSystem.open(path, O_WRONLY)
      defer { if let old { fileSystem.close(old) } }
      guard let judged = try judge(bytes, old, waiting) else { return nil }
      // Checked again as late as possible.
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
    /// There is no file, but the file system has no links, and a rename could replace another's.
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

  /// Decides whether a file with these bytes may be replaced; nil if it changed meanwhile.
  private func judge(
    _ bytes: [UInt8], _ old: Int32?, _ waiting: (LockOwner) -> Void
  ) throws(StudyError) -> Found? {
    let holder = LockRecord(bytes)
    let isLocked = try old.map { old throws(StudyError) in try lock(old, holder) } ?? false
    if isLocked, !isInPlace(old) { return nil }
    var found = Found(wasLeftBehind: !bytes.isEmpty, mayHaveCompetitors: !isLocked)
    // No coordinator leaves a partial file.
    guard let holder else { return found }
    let isOfThisSystem = holder.owner.sharesSystem(with: record.owner)
    // A live holder on this system would have the lock.
    if isOfThisSystem, isLocked || holder.owner.isGone(for: record.owner) { return found }
    if isOfThisSystem, holder.owner.namespace == record.owner.namespace {
      throw .locked(path: folder, owner: holder.owner)
    }
    guard try isUnchanged(bytes, holder, waiting) else { return nil }
    found.mayHaveCompetitors = true
    found.mayHaveRival = true
    return found
  }

  /// Locks an open file; returns false if the file system has no locks.
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

  /// Whether an open file is still the one at the lock's path: before it was locked here, its
  /// holder may have removed it, or another replaced it.
  private func isInPlace(_ old: Int32?) -> Bool {
    guard let old, let now = try? fileSystem.open(path, O_WRONLY) else { return false }
    defer { fileSystem.close(now) }
    return FolderLock.isSame(old, now)
  }

  /// Watches a file for as long as its holder may go without renewing it. Only successful reads
  /// count, not elapsed time: an unreachable file server says nothing about the holder.
  /// - Returns: false if the file vanished or is another's now.
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
