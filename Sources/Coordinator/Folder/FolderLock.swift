import DataParallel
import Foundation

/// The process that holds a folder's lock.
public struct LockOwner: Hashable, Codable, Sendable {
  /// Name of its machine.
  public var host: String
  /// Its process id there.
  public var pid: Int32

  /// A process by machine and id.
  public init(host: String, pid: Int32) {
    self.host = host
    self.pid = pid
  }

  /// This process.
  public static var current: LockOwner {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return LockOwner(host: String(decoding: bytes, as: UTF8.self), pid: getpid())
  }
}

/// Keeps a second coordinator out of a folder: an exclusive `flock` on the file `lock`, which says
/// who holds it.
///
/// The system lets go of the lock when its process ends, however that happens, so a file that was
/// left behind by a crash doesn't matter. Where the file system has no `flock`, the file's content
/// decides: a process of this host that is gone is passed over, one of another host is taken to live.
package final class FolderLock {
  package static let fileName = "lock"
  private let path: String
  private let descriptor: Int32
  private var isHeldHere = true
  /// Whether its last holder left the file behind, as a process that is killed does.
  package let wasLeftBehind: Bool

  /// Takes the lock of a folder.
  /// - Throws: `StudyError.locked` with the process that holds it; `.lockLeftBehind`;
  ///   `.cannotWrite` when the lock file can't be created.
  package init(folder: String, owner: LockOwner = .current) throws(StudyError) {
    path = "\(folder)/\(Self.fileName)"
    while true {
      let candidate = try Self.openFile(path)
      do throws(StudyError) {
        try Self.lock(candidate, folder: folder, owner: owner)
      } catch {
        Glibc.close(candidate)
        throw error
      }
      // Its last holder may have removed the file after it was opened here.
      if Self.isFile(candidate, at: path) {
        descriptor = candidate
        break
      }
      Glibc.close(candidate)
    }
    var found = stat()
    wasLeftBehind = fstat(descriptor, &found) == 0 && found.st_size > 0
    try write(owner)
  }

  deinit { release() }

  /// Removes the file and lets go of the lock. Doing it again does nothing.
  package func release() {
    guard isHeldHere else { return }
    if isIntact { unlink(path) }
    leave()
  }

  /// Lets go of the lock as the system does for a process that is killed: the file stays.
  package func leave() {
    guard isHeldHere else { return }
    isHeldHere = false
    Glibc.close(descriptor)
  }

  /// Whether the lock file is still the one that is held: false once somebody removed it, and
  /// another process could take a lock of its own.
  package var isIntact: Bool { isHeldHere && Self.isFile(descriptor, at: path) }

  /// Whether a process holds the lock of a folder. A file that a killed process left behind is none.
  /// Writes nothing.
  package static func isHeld(_ folder: String, owner: LockOwner = .current) -> Bool {
    let descriptor = Glibc.open("\(folder)/\(fileName)", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { Glibc.close(descriptor) }
    if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return false }
    if errno == EWOULDBLOCK { return true }
    // No locks there: as in `lock`.
    guard let holder = readOwner(descriptor) else { return false }
    return holder.host != owner.host || lives(holder.pid)
  }

  private static func lives(_ process: Int32) -> Bool {
    kill(process, 0) == 0 || errno == EPERM
  }

  /// Whoever looks whether a lock is held has it for a moment, shared: that doesn't count.
  private static func take(_ descriptor: Int32) -> Bool {
    for _ in 1..<looks {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
      if errno != EWOULDBLOCK { return false }
      usleep(20_000)
    }
    return flock(descriptor, LOCK_EX | LOCK_NB) == 0
  }

  private static let looks = 10

  private static func openFile(_ path: String) throws(StudyError) -> Int32 {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw .cannotWrite(
        path: path, operation: "create the file", reason: SystemCallError(code: errno).reason)
    }
    return descriptor
  }

  private static func lock(
    _ descriptor: Int32, folder: String, owner: LockOwner
  ) throws(StudyError) {
    if take(descriptor) { return }
    let isTaken = errno == EWOULDBLOCK
    let holder = readOwner(descriptor)
    if isTaken { throw .locked(path: folder, owner: holder) }
    guard let holder, holder != owner else { return }
    guard holder.host == owner.host else { throw .lockLeftBehind(path: folder, owner: holder) }
    if lives(holder.pid) { throw .locked(path: folder, owner: holder) }
  }

  private static func isFile(_ descriptor: Int32, at path: String) -> Bool {
    var opened = stat()
    var named = stat()
    return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0
      && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
  }

  private static func readOwner(_ descriptor: Int32) -> LockOwner? {
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return try? JSONDecoder().decode(LockOwner.self, from: Data(bytes.prefix(count)))
  }

  private func write(_ owner: LockOwner) throws(StudyError) {
    let text = "{\"host\":\"\(owner.host)\",\"pid\":\(owner.pid)}\n"
    let isWritten = text.utf8.withContiguousStorageIfAvailable { bytes in
      ftruncate(descriptor, 0) == 0 && pwrite(descriptor, bytes.baseAddress, bytes.count, 0) > 0
    }
    guard isWritten == true else {
      let reason = SystemCallError(code: errno).reason
      throw .cannotWrite(path: path, operation: "write the file", reason: reason)
    }
  }
}
