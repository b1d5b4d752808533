import Glibc

/// A system call that failed.
package struct SystemCallError: Error, Hashable {
  package var code: Int32

  package init(code: Int32) { self.code = code }

  /// The system's own text.
  package var reason: String { String(cString: strerror(code)) }
}

/// The system calls that a study's files are written with: a seam, so that tests can let each of
/// them fail.
package protocol FileSystem: Sendable {
  /// Creates a folder where there is none yet.
  /// - Returns: whether there was none.
  func createDirectory(_ path: String) throws(SystemCallError) -> Bool
  func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32
  /// - Returns: the bytes written, which may be fewer than given.
  func write(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer
  ) throws(SystemCallError) -> Int
  func truncate(_ descriptor: Int32, to length: Int) throws(SystemCallError)
  /// Has the disk begin with what was written, without waiting: a hint.
  func startWriting(_ descriptor: Int32)
  func synchronize(_ descriptor: Int32) throws(SystemCallError)
  func close(_ descriptor: Int32)
  func rename(_ old: String, to new: String) throws(SystemCallError)
  func remove(_ path: String)
  /// The bytes of a file.
  func read(_ path: String) throws(SystemCallError) -> [UInt8]
}

/// The machine's file system.
package struct POSIXFileSystem: FileSystem {
  package init() {}

  package func createDirectory(_ path: String) throws(SystemCallError) -> Bool {
    if mkdir(path, 0o777) == 0 { return true }
    if errno != EEXIST { throw SystemCallError(code: errno) }
    return false
  }

  package func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32 {
    try retried { Glibc.open(path, flags | O_CLOEXEC, 0o666) }
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
    // Linux starts to write pages before it gives them up.
    _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
  }

  package func synchronize(_ descriptor: Int32) throws(SystemCallError) {
    while fsync(descriptor) != 0 {
      // Some file systems can't synchronise a folder, and say so with EINVAL.
      if errno == EINVAL { return }
      if errno != EINTR { throw SystemCallError(code: errno) }
    }
  }

  package func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

  package func rename(_ old: String, to new: String) throws(SystemCallError) {
    if Glibc.rename(old, new) != 0 { throw SystemCallError(code: errno) }
  }

  package func remove(_ path: String) { _ = unlink(path) }

  package func read(_ path: String) throws(SystemCallError) -> [UInt8] {
    let descriptor = try open(path, O_RDONLY)
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemCallError(code: errno) }
    // One byte at least, so that a folder, which may be of no length, is read too, and refused.
    var bytes = [UInt8](repeating: 0, count: max(1, Int(status.st_size)))
    var filled = 0
    while filled < bytes.count {
      let count = try retried {
        bytes.withUnsafeMutableBytes {
          Glibc.read(descriptor, $0.baseAddress! + filled, $0.count - filled)
        }
      }
      if count == 0 { break }
      filled += count
    }
    bytes.removeLast(bytes.count - filled)
    return bytes
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

extension FileSystem {
  package func startWriting(_ descriptor: Int32) {}

  package func read(_ path: String) throws(SystemCallError) -> [UInt8] {
    try POSIXFileSystem().read(path)
  }

  /// Creates a folder where there is none yet, and brings its name to the disk: without that a machine
  /// that loses power may lose the folder with all that was synchronised in it.
  package func createFolder(_ path: String) throws(SystemCallError) {
    guard try createDirectory(path) else { return }
    var name = path[...]
    while name.count > 1, name.last == "/" { name.removeLast() }
    let parent =
      switch name.lastIndex(of: "/") {
      case nil: "."
      case name.startIndex: "/"
      case .some(let slash): String(name[..<slash])
      }
    do {
      try synchronize(folder: parent)
    } catch {
      // A folder may take new names and still not be readable, and then it can't be opened.
      if error.code != EACCES { throw error }
    }
  }

  /// Brings the names in a folder to the disk.
  package func synchronize(folder: String) throws(SystemCallError) {
    let descriptor = try open(folder, O_RDONLY | O_DIRECTORY)
    defer { close(descriptor) }
    try synchronize(descriptor)
  }

  /// Writes all bytes, however many calls that takes.
  package func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemCallError) {
    let result = bytes.withUnsafeBytes { buffer in
      Result { () throws(SystemCallError) in try writeAll(descriptor, buffer) }
    }
    try result.get()
  }

  /// Writes all bytes, however many calls that takes.
  package func writeAll(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer
  ) throws(SystemCallError) {
    var written = 0
    while written < bytes.count {
      let count = try write(descriptor, UnsafeRawBufferPointer(rebasing: bytes[written...]))
      guard count > 0 else { throw SystemCallError(code: ENOSPC) }
      written += count
    }
  }
}
