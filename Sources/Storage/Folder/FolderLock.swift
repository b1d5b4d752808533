import Foundation
import Support

/// Keeps a second coordinator out of a folder by the file `lock`, which names the holder.
///
/// On one host an exclusive `flock` on the file decides; the system releases it when the process
/// ends, however that happens. Between hosts it may not: some file systems have locks per host, or
/// none. So the file appears whole or not at all, and its holder renews it every few seconds. A
/// coordinator that finds another host's file watches it, by its own clock, and takes the folder
/// over only if nothing changes. A holder that was asleep for that long finds another's id in the
/// file before it writes anything, and stops; so do the ranks that write checkpoints on its behalf
/// (`FencedFileSystem`).
package final class FolderLock {
  package static let fileName = "lock"
  /// Seconds between two renewals.
  static let renewalInterval = 3.0
  /// Seconds without a renewal after which a holder on another host counts as dead.
  package static let lease = 15.0
  /// Seconds for which the holder trusts its last check of the file.
  private static let trust = 1.0
  static let sizeLimit = 1 << 14

  private let folder: String
  private let path: String
  private let fileSystem: any FileSystem
  private let clock: StudyClock
  private let descriptor: Int32
  private var record: LockRecord
  private var isHeldHere = true
  private var lastLook: Double
  private var lastRenewal: Double
  /// Whether the last holder left the file behind, as a killed process does. One that can't write any
  /// more still removes it, which needs no disk space.
  package let wasLeftBehind: Bool
  /// Whether the last holder may be alive and unaware that it lost the folder.
  let mayHaveRival: Bool

  /// Identifies this acquisition of the lock.
  package var id: String { record.id ?? "" }

  /// Acquires the lock of a folder.
  /// - Parameter waiting: called once, about a second after finding the file of a holder that may
  ///   be alive, which is watched for up to `lease` seconds.
  /// - Throws: `StudyError.locked` with the holder; `.cannotWrite` without a lock file.
  package init(
    folder: String, owner: LockOwner = .current, fileSystem: any FileSystem = POSIXFileSystem(),
    clock: StudyClock = .system, waiting: (LockOwner) -> Void = { _ in }
  ) throws(StudyError) {
    let taking = try LockTaking(
      folder: folder, record: LockRecord(owner), fileSystem: fileSystem, clock: clock)
    let found = try taking.run(waiting)
    self.folder = folder
    path = taking.path
    self.fileSystem = fileSystem
    self.clock = clock
    descriptor = taking.descriptor
    record = taking.record
    lastLook = clock.seconds()
    lastRenewal = lastLook
    wasLeftBehind = found.wasLeftBehind
    mayHaveRival = found.mayHaveRival
  }

  deinit { release() }

  /// Removes the file and releases the lock. Idempotent.
  package func release() {
    guard isHeldHere else { return }
    if isIntact { fileSystem.remove(path) }
    leave()
  }

  /// Releases the lock as the system does for a killed process: the file stays.
  package func leave() {
    guard isHeldHere else { return }
    isHeldHere = false
    fileSystem.close(descriptor)
  }

  /// Whether the lock file is still this holder's: not removed, and the folder not taken over.
  package var isIntact: Bool {
    isHeldHere && Self.read(path, fileSystem)?.id == record.id
  }

  /// Checks that the folder is still held, unless just checked, and renews the file when due.
  /// Called before every write, and every few seconds.
  /// - Throws: `StudyError.lockLost`.
  package func confirm() throws(StudyError) {
    let time = clock.seconds()
    guard time - lastLook >= Self.trust else { return }
    guard isIntact else { throw .lockLost(path: folder) }
    lastLook = time
    guard time - lastRenewal >= Self.renewalInterval else { return }
    lastRenewal = time
    record.renewals += 1
    renew()
  }

  /// Rewrites the file in place. If that fails, so will the study's writes, which report it.
  private func renew() {
    guard let file = try? fileSystem.open(path, O_WRONLY) else { return }
    defer { fileSystem.close(file) }
    // It is another's if taken over after the check.
    guard Self.isSame(file, descriptor) else { return }
    try? fileSystem.writeAll(file, record.bytes)
    // Makes it visible to other hosts.
    try? fileSystem.synchronize(file)
  }

  /// Whether a process holds the lock of a folder; a killed process's file doesn't count. Writes
  /// nothing. For display only: a holder on another host is judged by the hosts' clocks.
  package static func isHeld(_ folder: String, owner: LockOwner = .current) -> Bool {
    let path = "\(folder)/\(fileName)"
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    guard descriptor >= 0 else { return false }
    defer { Glibc.close(descriptor) }
    let isFree = flock(descriptor, LOCK_SH | LOCK_NB) == 0
    if !isFree, errno == EWOULDBLOCK { return true }
    guard let holder = read(path, POSIXFileSystem())?.owner else { return false }
    if holder.sharesSystem(with: owner) { return !isFree && !holder.isGone(for: owner) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return false }
    return Date().timeIntervalSince1970 - Double(status.st_mtim.tv_sec) < lease
  }

  static func read(_ path: String, _ fileSystem: any FileSystem) -> LockRecord? {
    (try? fileSystem.read(path, atMost: sizeLimit)).flatMap { LockRecord($0) }
  }

  static func isSame(_ first: Int32, _ second: Int32) -> Bool {
    var one = stat()
    var other = stat()
    return fstat(first, &one) == 0 && fstat(second, &other) == 0
      && one.st_ino == other.st_ino && one.st_dev == other.st_dev
  }
}
