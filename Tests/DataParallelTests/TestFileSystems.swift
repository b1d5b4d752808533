import DataParallel
import Glibc
import Support
import Synchronization
import TestSupport

/// One whose `failAt`-th call, counted from 0, fails; with `crashes` all after it too, and files
/// aren't removed any more.
final class CountingFileSystem: ForwardingFileSystem {
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

  func createDirectory(_ path: String) throws(SystemCallError) -> Bool {
    try count()
    return try real.createDirectory(path)
  }

  func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32 {
    try count()
    return try real.open(path, flags)
  }

  func write(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer
  ) throws(SystemCallError) -> Int {
    // Half of what it is given reaches the disk before it fails.
    do {
      try count()
    } catch {
      let half = UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count / 2))
      _ = try real.write(descriptor, half)
      throw error
    }
    return try real.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(1000)))
  }

  func truncate(_ descriptor: Int32, to length: Int) throws(SystemCallError) {
    try count()
    try real.truncate(descriptor, to: length)
  }

  func synchronize(_ descriptor: Int32) throws(SystemCallError) {
    try count()
    try real.synchronize(descriptor)
  }

  func rename(_ old: String, to new: String) throws(SystemCallError) {
    try count()
    try real.rename(old, to: new)
  }

  func remove(_ path: String) {
    if crashes, hasFailed { return }
    real.remove(path)
  }
}

/// One that doesn't give one file back for so many times.
final class UnreadableFileSystem: ForwardingFileSystem {
  private let path: String
  private let code: Int32
  private let times: Mutex<Int>

  init(_ path: String, code: Int32, times: Int) {
    self.path = path
    self.code = code
    self.times = Mutex(times)
  }

  func read(_ path: String, atMost limit: Int) throws(SystemCallError) -> [UInt8] {
    if path == self.path {
      let isRefused = times.withLock { times in
        times -= 1
        return times >= 0
      }
      if isRefused { throw SystemCallError(code: code) }
    }
    return try real.read(path, atMost: limit)
  }
}
