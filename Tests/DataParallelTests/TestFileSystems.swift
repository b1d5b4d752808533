import DataParallel
import Glibc
import Support
import Synchronization

/// The machine's file system, for others to change single calls of.
class ForwardingFileSystem: FileSystem, @unchecked Sendable {
  private let real = POSIXFileSystem()

  func createDirectory(_ path: String) throws(SystemCallError) -> Bool {
    try real.createDirectory(path)
  }

  func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32 {
    try real.open(path, flags)
  }

  func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemCallError) -> Int {
    try real.write(descriptor, bytes)
  }

  func truncate(_ descriptor: Int32, to length: Int) throws(SystemCallError) {
    try real.truncate(descriptor, to: length)
  }

  func synchronize(_ descriptor: Int32) throws(SystemCallError) {
    try real.synchronize(descriptor)
  }

  func close(_ descriptor: Int32) { real.close(descriptor) }

  func rename(_ old: String, to new: String) throws(SystemCallError) {
    try real.rename(old, to: new)
  }

  func remove(_ path: String) { real.remove(path) }

  func read(_ path: String, atMost limit: Int) throws(SystemCallError) -> [UInt8] {
    try real.read(path, atMost: limit)
  }
}

/// One whose `failAt`-th call, counted from 0, fails; with `crashes` all after it too, and files
/// aren't removed any more.
final class CountingFileSystem: ForwardingFileSystem, @unchecked Sendable {
  private let failAt: Int
  private let code: Int32
  private let crashes: Bool
  private let calls = Mutex(0)

  init(failAt: Int, code: Int32, crashes: Bool) {
    self.failAt = failAt
    self.code = code
    self.crashes = crashes
  }

  var hasFailed: Bool { calls.withLock { $0 > failAt } }

  private func count() throws(SystemCallError) {
    let number = calls.withLock { calls in
      defer { calls += 1 }
      return calls
    }
    if number == failAt || (crashes && number > failAt) { throw SystemCallError(code: code) }
  }

  override func createDirectory(_ path: String) throws(SystemCallError) -> Bool {
    try count()
    return try super.createDirectory(path)
  }

  override func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32 {
    try count()
    return try super.open(path, flags)
  }

  override func write(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer
  ) throws(SystemCallError) -> Int {
    // Half of what it is given reaches the disk before it fails.
    do {
      try count()
    } catch {
      let half = UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count / 2))
      _ = try super.write(descriptor, half)
      throw error
    }
    return try super.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(1000)))
  }

  override func truncate(_ descriptor: Int32, to length: Int) throws(SystemCallError) {
    try count()
    try super.truncate(descriptor, to: length)
  }

  override func synchronize(_ descriptor: Int32) throws(SystemCallError) {
    try count()
    try super.synchronize(descriptor)
  }

  override func rename(_ old: String, to new: String) throws(SystemCallError) {
    try count()
    try super.rename(old, to: new)
  }

  override func remove(_ path: String) {
    if crashes, hasFailed { return }
    super.remove(path)
  }
}

/// One that doesn't give one file back for so many times.
final class UnreadableFileSystem: ForwardingFileSystem, @unchecked Sendable {
  private let path: String
  private let code: Int32
  private let times: Mutex<Int>

  init(_ path: String, code: Int32, times: Int) {
    self.path = path
    self.code = code
    self.times = Mutex(times)
  }

  override func read(_ path: String, atMost limit: Int) throws(SystemCallError) -> [UInt8] {
    if path == self.path {
      let isRefused = times.withLock { times in
        times -= 1
        return times >= 0
      }
      if isRefused { throw SystemCallError(code: code) }
    }
    return try super.read(path, atMost: limit)
  }
}
