import Glibc

/// The machine's file system.
///
/// Opens for writing only regular files with one name, never links. Below a folder given to
/// `within`, each folder on the path is likewise opened from the one above, so that links put
/// there, even while this runs, can't redirect a write. The folder's own path is up to the user.
package struct POSIXFileSystem: FileSystem {
  private let root: RootFolder?

  package init() { root = nil }

  private init(root: RootFolder) { self.root = root }

  package func within(_ folder: String) -> any FileSystem {
    POSIXFileSystem(root: RootFolder(folder))
  }

  package func createDirectory(_ path: String) throws(SystemCallError) -> Bool {
    try at(path) { folder, name, isBelow throws(SystemCallError) in
      if mkdirat(folder, name, 0o777) == 0 { return true }
      guard errno == EEXIST else { throw SystemCallError(code: errno) }
      let kind = try status(folder, name, isBelow).st_mode & S_IFMT
      guard kind == S_IFDIR else { throw kind == S_IFLNK ? .link : SystemCallError(code: ENOTDIR) }
      return false
    }
  }

  package func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32 {
    try at(path) { folder, name, isBelow throws(SystemCallError) in
      let writes = flags & O_ACCMODE != O_RDONLY
      // A pipe without a reader is refused at once.
      let more = O_CLOEXEC | (writes ? O_NONBLOCK : 0) | (writes || isBelow ? O_NOFOLLOW : 0)
      let descriptor = try retried { openat(folder, name, flags | more, 0o666) }
      if !writes { return descriptor }
      do throws(SystemCallError) {
        let status = try status(descriptor)
        try checkRegular(status)
        if status.st_nlink > 1 { throw .hasOtherNames }
      } catch {
        close(descriptor)
        throw error
      }
      return descriptor
    }
  }

  package func write(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer
  ) throws(SystemCallError) -> Int {
    try retried { Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
  }

  package func truncate(_ descriptor: Int32, to length: Int) throws(SystemCallError) {
    _ = try retried { ftruncate(descriptor, length) }
  }

  package func startWriting(_ descriptor: Int32) {
    // Linux starts writing pages back before it drops them.
    _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
  }

  package func synchronize(_ descriptor: Int32) throws(SystemCallError) {
    while fsync(descriptor) != 0 {
      // Some file systems can't synchronise a folder, and report EINVAL.
      if errno == EINVAL { return }
      if errno != EINTR { throw SystemCallError(code: errno) }
    }
  }

  package func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

  package func rename(_ old: String, to new: String) throws(SystemCallError) {
    try at(old) { oldFolder, oldName, _ throws(SystemCallError) in
      try at(new) { newFolder, newName, _ throws(SystemCallError) in
        _ = try retried { renameat(oldFolder, oldName, newFolder, newName) }
      }
    }
  }

  package func link(_ old: String, to new: String) throws(SystemCallError) {
    try at(old) { oldFolder, oldName, _ throws(SystemCallError) in
      try at(new) { newFolder, newName, _ throws(SystemCallError) in
        _ = try retried { linkat(oldFolder, oldName, newFolder, newName, 0) }
      }
    }
  }

  package func remove(_ path: String) {
    try? at(path) { folder, name, _ throws(SystemCallError) in _ = unlinkat(folder, name, 0) }
  }

  package func read(_ path: String, atMost limit: Int) throws(SystemCallError) -> [UInt8] {
    try at(path) { folder, name, isBelow throws(SystemCallError) in
      // Before opening: opening a device may have side effects.
      try checkRegular(try status(folder, name, isBelow))
      let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (isBelow ? O_NOFOLLOW : 0)
      let descriptor = try retried { openat(folder, name, flags, 0) }
      defer { close(descriptor) }
      let status = try status(descriptor)
      try checkRegular(status)
      guard status.st_size <= limit else { throw .tooLong }
      return try contents(descriptor, expecting: Int(status.st_size), atMost: limit)
    }
  }

  package func lock(_ descriptor: Int32) throws(SystemCallError) {
    _ = try retried { flock(descriptor, LOCK_EX | LOCK_NB) }
  }

  package func owner(_ descriptor: Int32) throws(SystemCallError) -> UInt32 {
    try status(descriptor).st_uid
  }

  // MARK: - Support

  /// Reads to the end, which may be more than the file's size says: files of /proc have size 0.
  private func contents(
    _ descriptor: Int32, expecting size: Int, atMost limit: Int
  ) throws(SystemCallError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size + 1)
    while true {
      let room = min(max(size - bytes.count, 0) + (1 << 12), 1 << 24)
      var result: Result<Int, SystemCallError> = .success(0)
      let part = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        result = Result { () throws(SystemCallError) in
          try retried { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
        }
        count = (try? result.get()) ?? 0
      }
      if try result.get() == 0 { return bytes }
      bytes += part
      guard bytes.count <= limit else { throw .tooLong }
    }
  }

  private func checkRegular(_ status: stat) throws(SystemCallError) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: return
    case S_IFDIR: throw SystemCallError(code: EISDIR)
    case S_IFLNK: throw .link
    case S_IFIFO: throw .pipe
    case S_IFCHR, S_IFBLK: throw .device
    default: throw .notRegular
    }
  }

  private func status(_ descriptor: Int32) throws(SystemCallError) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemCallError(code: errno) }
    return status
  }

  private func status(
    _ folder: Int32, _ name: String, _ isBelow: Bool
  ) throws(SystemCallError) -> stat {
    var status = stat()
    guard fstatat(folder, name, &status, isBelow ? AT_SYMLINK_NOFOLLOW : 0) == 0 else {
      throw SystemCallError(code: errno)
    }
    return status
  }

  /// Runs `body` with a folder's descriptor and a path relative to it: below the root, the
  /// containing folder and the name in it.
  private func at<Value>(
    _ path: String, _ body: (Int32, String, Bool) throws(SystemCallError) -> Value
  ) throws(SystemCallError) -> Value {
    guard let root, let parts = root.parts(of: path) else { return try body(AT_FDCWD, path, false) }
    let top = try root.descriptor()
    var folder = top
    defer { if folder != top { close(folder) } }
    for part in parts.dropLast() {
      let flags = openForPath | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
      let next: Int32
      do throws(SystemCallError) {
        next = try retried { openat(folder, part, flags, 0) }
      } catch {
        let isLink = (try? status(folder, part, true).st_mode & S_IFMT) == S_IFLNK
        throw isLink ? .link : error
      }
      if folder != top { close(folder) }
      folder = next
      // The owner of a folder could plant files there that this user would take for its own.
      let owner = try owner(folder)
      if owner != geteuid(), owner != (try self.owner(top)) { throw .foreign }
    }
    return try body(folder, parts.last ?? ".", !parts.isEmpty)
  }

  private func retried<Value: SignedInteger>(
    _ call: () -> Value
  ) throws(SystemCallError) -> Value {
    while true {
      let result = call()
      if result >= 0 { return result }
      if errno != EINTR { throw SystemCallError(code: errno) }
    }
  }
}
