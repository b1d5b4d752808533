import Foundation
import Support

/// Keeps a second coordinator out of a folder, by the file `lock`, which says who holds it.
///
/// Within one system an exclusive `flock` on the file decides, which the system lets go of when its
/// process ends, however that happens. Between systems it may not: file systems exist whose locks are
/// each host's own, or that have none. So the file appears whole or not at all, and its holder renews it
/// every few seconds; whoever finds the file of another system watches it for a while, by its own
/// clock, and takes the folder over only if nothing has changed. A holder that was asleep so long finds
/// another's id in the file before it writes anything, and stops; so do the ranks that write checkpoints
/// in its name (`FencedFileSystem`).
package final class FolderLock {
  package static let fileName = "lock"
  /// Seconds between two renewals.
  static let renewalInterval = 3.0
  /// Seconds without a renewal after which a holder on another system counts as gone.
  package static let lease = 15.0
  /// Seconds for which the holder trusts its last look at the file.
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
  /// Whether its last holder left the file behind, as a process that is killed does.
  package let wasLeftBehind: Bool
  /// Whether its last holder may still be there, and not know yet that it lost the folder.
  let mayHaveRival: Bool

  /// Names this taking of the lock, and no other.
  package var id: String { record.id ?? "" }

  /// Takes the lock of a folder.
  /// - Parameter waiting: called once, about a second after the file of a holder was found that may be
  ///   still there, and which is watched for up to `lease` seconds.
  /// - Throws: `StudyError.locked` with the process that holds it; `.cannotWrite` when the lock file
  ///   can't be created.
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

  /// Removes the file and lets go of the lock. Doing it again does nothing.
  package func release() {
    guard isHeldHere else { return }
    if isIntact { fileSystem.remove(path) }
    leave()
  }

  /// Lets go of the lock as the system does for a process that is killed: the file stays.
  package func leave() {
    guard isHeldHere else { return }
    isHeldHere = false
    fileSystem.close(descriptor)
  }

  /// Whether the lock file is still the one that was written here: false once somebody removed it, or
  /// took the folder over.
  package var isIntact: Bool {
    isHeldHere && Self.read(path, fileSystem)?.id == record.id
  }

  /// Looks whether the folder is still held, unless that was done a moment ago, and renews the file
  /// when that is due: to be called before anything is written, and every few seconds.
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

  /// Writes the file again where it lies. If that fails, so will what the study writes, and says so.
  private func renew() {
    guard let file = try? fileSystem.open(path, O_WRONLY) else { return }
    defer { fileSystem.close(file) }
    // Another's, if it was taken over after the look.
    guard Self.isSame(file, descriptor) else { return }
    try? fileSystem.writeAll(file, record.bytes)
    // So that other hosts see it.
    try? fileSystem.synchronize(file)
  }

  /// Whether a process holds the lock of a folder. A file that a killed process left behind is none.
  /// Writes nothing. For what is shown alone: whether a holder on another system is still there goes by
  /// the clocks.
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

  /// Whether two descriptors are of one file.
  static func isSame(_ first: Int32, _ second: Int32) -> Bool {
    var one = stat()
    var other = stat()
    return fstat(first, &one) == 0 && fstat(second, &other) == 0
      && one.st_ino == other.st_ino && one.st_dev == other.st_dev
  }
}
