import Glibc
import Support

/// A file system that refuses changes once another coordinator holds the study's folder.
///
/// The groups' first ranks write checkpoints, on hosts that may have been asleep while another
/// coordinator took the folder over. They don't hold the lock, but know the id under which the
/// coordinator does. So before each change this compares it with the lock file's id. A call already
/// under way can't be recalled; there is at most one, and since checkpoints carry digests, a reader
/// of a broken one falls back to the one before.
struct FencedFileSystem: FileSystem {
  private let real: any FileSystem
  private let lockFile: String
  private let id: String

  /// - Parameters:
  ///   - folder: the study's.
  ///   - id: the id of the lock under which writing is allowed.
  init(_ real: any FileSystem, folder: String, id: String) {
    self.real = real
    lockFile = "\(folder)/\(FolderLock.fileName)"
    self.id = id
  }

  private func check() throws(SystemCallError) {
    let bytes: [UInt8]
    do throws(SystemCallError) {
      bytes = try real.read(lockFile, atMost: FolderLock.sizeLimit)
    } catch {
      throw error.code == ENOENT ? .lockLost : error
    }
    if LockRecord(bytes)?.id != id { throw .lockLost }
  }

  func within(_ folder: String) -> any FileSystem { self }

  func createDirectory(_ path: String) throws(SystemCallError) -> Bool {
    try check()
    return try real.createDirectory(path)
  }

  func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32 {
    if flags & O_ACCMODE != O_RDONLY { try check() }
    return try real.open(path, flags)
  }

  func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemCallError)
    -> Int
  {
    try check()
    return try real.write(descriptor, bytes)
  }

  func truncate(_ descriptor: Int32, to length: Int) throws(SystemCallError) {
    try check()
    try real.truncate(descriptor, to: length)
  }

  func startWriting(_ descriptor: Int32) { real.startWriting(descriptor) }

  func synchronize(_ descriptor: Int32) throws(SystemCallError) {
    try real.synchronize(descriptor)
  }

  func close(_ descriptor: Int32) { real.close(descriptor) }

  func rename(_ old: String, to new: String) throws(SystemCallError) {
    try check()
    try real.rename(old, to: new)
  }

  func link(_ old: String, to new: String) throws(SystemCallError) {
    try check()
    try real.link(old, to: new)
  }

  /// Keeps files that may belong to another coordinator by now.
  func remove(_ path: String) {
    guard (try? check()) != nil else { return }
    real.remove(path)
  }

  func read(_ path: String, atMost limit: Int) throws(SystemCallError) -> [UInt8] {
    try real.read(path, atMost: limit)
  }

  func lock(_ descriptor: Int32) throws(SystemCallError) { try real.lock(descriptor) }

  func owner(_ descriptor: Int32) throws(SystemCallError) -> UInt32 {
    try real.owner(descriptor)
  }
}

extension StudyFolder {
  /// The checkpoints of a trial, for the group's first rank.
  /// - Parameter lock: the id under which the coordinator holds the folder (`TrialReporter.lock`);
  ///   once it changes, nothing is written.
  package static func checkpoints(
    of id: String, in folder: String, lock: String,
    fileSystem: any FileSystem = POSIXFileSystem()
  ) -> CheckpointFolder {
    CheckpointFolder(
      "\(folder)/trials/\(id)",
      fileSystem: FencedFileSystem(fileSystem.within(folder), folder: folder, id: lock))
  }
}
