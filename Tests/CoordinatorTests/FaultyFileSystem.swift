import DataParallel
import Glibc
import Synchronization

/// The machine's file system with one call that fails.
final class FaultyFileSystem: FileSystem {
  enum Call: String, CaseIterable {
    case createDirectory, open, write, truncate, synchronize, rename
  }

  private struct Plan {
    var call: Call?
    var countdown = 0
    var code: Int32 = ENOSPC
    /// Bytes that a failing write still gets onto the disk.
    var partial = 0
    var struck = 0
  }

  private let real = POSIXFileSystem()
  private let plan = Mutex(Plan())

  /// From the `after`-th call of this kind on, counted from 0 and from now, every one fails.
  func fail(_ call: Call, after: Int = 0, code: Int32 = ENOSPC, partial: Int = 0) {
    plan.withLock { $0 = Plan(call: call, countdown: after, code: code, partial: partial) }
  }

  /// Calls that were made to fail.
  var struck: Int { plan.withLock { $0.struck } }

  private func check(_ call: Call) throws(SystemCallError) {
    let code: Int32? = plan.withLock { plan in
      guard plan.call == call else { return nil }
      plan.countdown -= 1
      guard plan.countdown < 0 else { return nil }
      plan.struck += 1
      return plan.code
    }
    if let code { throw SystemCallError(code: code) }
  }

  func createDirectory(_ path: String) throws(SystemCallError) {
    try check(.createDirectory)
    try real.createDirectory(path)
  }

  func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32 {
    try check(.open)
    return try real.open(path, flags)
  }

  func write(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer
  ) throws(SystemCallError) -> Int {
    do {
      try check(.write)
    } catch {
      let partial = plan.withLock { plan in
        defer { plan.partial = 0 }
        return plan.partial
      }
      if partial > 0 {
        _ = try real.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(partial)))
      }
      throw error
    }
    // Short writes are allowed, so they happen here: never more than 100 bytes at once.
    return try real.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(100)))
  }

  func truncate(_ descriptor: Int32, to length: Int) throws(SystemCallError) {
    try check(.truncate)
    try real.truncate(descriptor, to: length)
  }

  func synchronize(_ descriptor: Int32) throws(SystemCallError) {
    try check(.synchronize)
    try real.synchronize(descriptor)
  }

  func close(_ descriptor: Int32) { real.close(descriptor) }

  func rename(_ old: String, to new: String) throws(SystemCallError) {
    try check(.rename)
    try real.rename(old, to: new)
  }

  func remove(_ path: String) { real.remove(path) }
}
