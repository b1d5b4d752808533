import Foundation

/// A file that is opened without waiting for anybody, and read only if it is a regular one of a size
/// that makes sense: a pipe, a device or a folder is refused unread.
enum RegularFile {
  /// A file's bytes.
  ///
  /// - Parameter limit: the most bytes that it may have.
  /// - Throws: `DatasetError`: missing where it isn't there or mayn't be read, else damaged.
  static func read(_ path: String, limit: Int) throws -> [UInt8] {
    // A pipe that nobody writes into would keep an open that waits for ever.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(path, errno) }
    if let other = kind(status.st_mode) {
      let advice = other == folder ? "" : ": \(advice)"
      throw DatasetError.damaged(path, "it is \(other), and a file is needed\(advice).")
    }
    guard status.st_size <= limit else { throw tooLong(path, Int(status.st_size), limit) }
    return try bytes(of: descriptor, expecting: Int(status.st_size), path: path, limit: limit)
  }

  private static let folder = "a folder"
  private static let advice = "write it to a file first"

  /// What stands there instead of a file; nil for a file.
  private static func kind(_ mode: mode_t) -> String? {
    switch mode & S_IFMT {
    case S_IFREG: nil
    case S_IFDIR: folder
    case S_IFIFO: "a pipe"
    case S_IFCHR, S_IFBLK: "a device"
    case S_IFSOCK: "a socket"
    default: "no file"
    }
  }

  /// All that can be read, which may be more than the file's size says: files of /proc have none.
  private static func bytes(
    of descriptor: Int32, expecting size: Int, path: String, limit: Int
  ) throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size + 1)
    while true {
      let room = max(size - bytes.count, 0) + (1 << 12)
      var problem: Int32?
      let part = [UInt8](unsafeUninitializedCapacity: min(room, 1 << 24)) { buffer, count in
        count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
        if count < 0 {
          problem = errno
          count = 0
        }
      }
      if problem == EINTR { continue }
      if let problem { throw failure(path, problem) }
      if part.isEmpty { return bytes }
      bytes += part
      guard bytes.count <= limit else { throw tooLong(path, bytes.count, limit) }
    }
  }

  private static func tooLong(_ path: String, _ length: Int, _ limit: Int) -> DatasetError {
    .damaged(path, "\(length) bytes; no more than \(limit) are read.")
  }

  private static func failure(_ path: String, _ code: Int32) -> DatasetError {
    if code == ENOENT { return .missing("\(path): no such file.") }
    // A socket can't be opened at all.
    if code == ENXIO { return .damaged(path, "it is no file that can be read: \(advice).") }
    return .missing("\(path): it can't be read: \(String(cString: strerror(code))).")
  }
}
