import DataParallel
import Glibc
import Support
import Synchronization
import TestSupport

/// The machine's file system with one call that fails.
final class FaultyFileSystem: ForwardingFileSystem {
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
    /// Calls of any kind to pass before one fails; all kinds where it is set.
    var anyCountdown: Int?
    /// Whether none after it happens either.
    var crashes = false
  }

  private let plan = Mutex(Plan())

  /// From the `after`-th call of this kind on, counted from 0 and from now, every one fails.
  func fail(_ call: Call, after: Int = 0, code: Int32 = ENOSPC, partial: Int = 0) {
    plan.withLock { $0 = Plan(call: call, countdown: after, code: code, partial: partial) }
  }

  /// From now on the `at`-th call of any kind, counted from 0, fails; with `crashes` all after it fail
  /// too and nothing is removed any more, as if the process had ended there.
  func fail(at: Int, code: Int32, crashes: Bool, partial: Int = 0) {
    plan.withLock {
      $0 = Plan(code: code, partial: partial)
      $0.anyCountdown = at
      $0.crashes = crashes
    }
  }

  /// What is on the disk of a file, whatever happens to the machine: its length when it was last
  /// synchronised, nil where it never was.
  func synchronisedLength(of path: String) -> Int? { lengths.withLock { $0[path] } }

  private let lengths = Mutex<[String: Int]>([:])
  private let paths = Mutex<[Int32: String]>([:])

  /// Calls that were made to fail.
  var struck: Int { plan.withLock { $0.struck } }

  private func check(_ call: Call) throws(SystemCallError) {
    let code: Int32? = plan.withLock { plan in
      if let left = plan.anyCountdown {
        plan.anyCountdown = left - 1
        guard left == 0 || (left < 0 && plan.crashes) else { return nil }
        plan.struck += 1
        return plan.code
      }
      guard plan.call == call else { return nil }
      plan.countdown -= 1
      guard plan.countdown < 0 else { return nil }
      plan.struck += 1
      return plan.code
    }
    if let code { throw SystemCallError(code: code) }
  }

  func createDirectory(_ path: String) throws(SystemCallError) -> Bool {
    try check(.createDirectory)
    return try real.createDirectory(path)
  }

  func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32 {
    try check(.open)
    let descriptor = try real.open(path, flags)
    paths.withLock { $0[descriptor] = path }
    return descriptor
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
    var status = stat()
    if let path = paths.withLock({ $0[descriptor] }), fstat(descriptor, &status) == 0 {
      lengths.withLock { $0[path] = Int(status.st_size) }
    }
  }

  func rename(_ old: String, to new: String) throws(SystemCallError) {
    try check(.rename)
    try real.rename(old, to: new)
  }

  func remove(_ path: String) {
    if plan.withLock({ $0.crashes && $0.struck > 0 }) { return }
    real.remove(path)
  }
}
