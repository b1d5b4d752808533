import Glibc

/// The system calls that write a study's files: a seam, so that tests can make each of them fail.
package protocol FileSystem: Sendable {
  /// Returns the same file system, in which links are never followed below a folder.
  func within(_ folder: String) -> any FileSystem
  /// Creates a missing folder.
  /// - Returns: whether it was missing.
  func createDirectory(_ path: String) throws(SystemCallError) -> Bool
  /// Opens a folder, or a regular file with one name for writing; never follows a link.
  func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32
  /// - Returns: the bytes written, which may be fewer than given.
  func write(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer
  ) throws(SystemCallError) -> Int
  func truncate(_ descriptor: Int32, to length: Int) throws(SystemCallError)
  /// Starts writing to disk without waiting: a hint.
  func startWriting(_ descriptor: Int32)
  func synchronize(_ descriptor: Int32) throws(SystemCallError)
  func close(_ descriptor: Int32)
  func rename(_ old: String, to new: String) throws(SystemCallError)
  /// Gives a file a second name; fails where that name exists.
  func link(_ old: String, to new: String) throws(SystemCallError)
  func remove(_ path: String)
  /// Returns the bytes of a regular file of at most `limit` bytes; anything else is refused unread.
  func read(_ path: String, atMost limit: Int) throws(SystemCallError) -> [UInt8]
  /// Locks an open file for this descriptor alone, without waiting: `EWOULDBLOCK` if it is locked.
  func lock(_ descriptor: Int32) throws(SystemCallError)
  /// The user that owns an open file or folder.
  func owner(_ descriptor: Int32) throws(SystemCallError) -> UInt32
}

extension FileSystem {
  /// Opens a new file for writing, removing a file or link of that name, such as a crash leaves.
  package func openNew(_ path: String) throws(SystemCallError) -> Int32 {
    let flags = O_WRONLY | O_CREAT | O_EXCL
    do throws(SystemCallError) {
      return try open(path, flags)
    } catch {
      guard error.code == EEXIST else { throw error }
      remove(path)
      return try open(path, flags)
    }
  }

  /// Creates a missing folder and synchronises its name to disk: otherwise a power failure may lose
  /// the folder with all that was synchronised in it.
  /// - Returns: whether it was missing.
  @discardableResult
  package func createFolder(_ path: String) throws(SystemCallError) -> Bool {
    guard try createDirectory(path) else { return false }
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
      // A folder may accept new names and still not be readable; then it can't be opened.
      if error.code != EACCES { throw error }
    }
    return true
  }

  /// Synchronises the names in a folder to disk.
  package func synchronize(folder: String) throws(SystemCallError) {
    let descriptor = try open(folder, O_RDONLY | O_DIRECTORY)
    defer { close(descriptor) }
    try synchronize(descriptor)
  }

  package func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemCallError) {
    let result = bytes.withUnsafeBytes { buffer in
      Result { () throws(SystemCallError) in try writeAll(descriptor, buffer) }
    }
    try result.get()
  }

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

/// Makes a folder that no other user may look into or write to.
/// - Parameter template: its path; the `XXXXXX` at its end are replaced.
package func makePrivateFolder(_ template: String) throws(SystemCallError) -> String {
  var path = Array(template.utf8CString)
  guard mkdtemp(&path) != nil else { throw SystemCallError(code: errno) }
  return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
