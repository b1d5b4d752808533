import Glibc
import Synchronization

/// Linux's `O_PATH`, missing from Swift's import of the C library: opens a folder as a starting
/// point, without the right to read it.
let openForPath: Int32 = 0o10_000_000

/// A folder that, from its first use on, stays the same even if renamed or replaced.
final class RootFolder: Sendable {
  private let path: String
  private let opened = Mutex<Int32?>(nil)

  /// The folder may be missing until its first use.
  init(_ path: String) {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
  }

  deinit {
    opened.withLock { descriptor in
      if let descriptor { _ = close(descriptor) }
    }
  }

  func descriptor() throws(SystemCallError) -> Int32 {
    let result: Result<Int32, SystemCallError> = opened.withLock { opened in
      if let opened { return .success(opened) }
      let descriptor = open(path, openForPath | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { return .failure(SystemCallError(code: errno)) }
      opened = descriptor
      return .success(descriptor)
    }
    return try result.get()
  }

  /// Returns the names on the path from the folder to a path below it; nil for any other path.
  func parts(of path: String) -> [String]? {
    let prefix = self.path == "/" ? "/" : self.path + "/"
    if path == self.path || path + "/" == prefix { return [] }
    guard path.hasPrefix(prefix) else { return nil }
    return path.dropFirst(prefix.count).split(separator: "/").map(String.init)
  }
}
