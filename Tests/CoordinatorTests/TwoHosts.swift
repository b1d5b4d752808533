import Coordinator
import Support
import Foundation
import Synchronization
import TestSupport

/// The machine's file system as hosts see it whose locks are their own: everyone gets each lock.
/// Another host may act at a chosen call.
final class LocklessFileSystem: ForwardingFileSystem {
  /// What there is instead of locks that exclude others.
  enum Locks: CaseIterable {
    case alwaysGranted, missing
  }

  private struct Interruption {
    var countdown: Int
    var act: @Sendable () -> Void
  }

  private let locks: Locks
  private let hasLinks: Bool
  private let interruption = Mutex<Interruption?>(nil)

  init(_ locks: Locks = .alwaysGranted, hasLinks: Bool = true) {
    self.locks = locks
    self.hasLinks = hasLinks
  }

  /// Before the `call`-th call from now, counted from 0, another acts.
  func interrupt(at call: Int, _ act: @escaping @Sendable () -> Void) {
    interruption.withLock { $0 = Interruption(countdown: call, act: act) }
  }

  /// Whether it has acted; it doesn't any more.
  func endInterruption() -> Bool {
    interruption.withLock { interruption in
      defer { interruption = nil }
      return interruption == nil
    }
  }

  private func count() {
    let act: (@Sendable () -> Void)? = interruption.withLock { interruption in
      guard let left = interruption?.countdown else { return nil }
      if left > 0 {
        interruption?.countdown = left - 1
        return nil
      }
      defer { interruption = nil }
      return interruption?.act
    }
    act?()
  }

  func createDirectory(_ path: String) throws(SystemCallError) -> Bool {
    count()
    return try real.createDirectory(path)
  }
  func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32 {
    count()
    return try real.open(path, flags)
  }
  func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemCallError) -> Int {
    count()
    return try real.write(descriptor, bytes)
  }
  func truncate(_ descriptor: Int32, to length: Int) throws(SystemCallError) {
    count()
    try real.truncate(descriptor, to: length)
  }
  func synchronize(_ descriptor: Int32) throws(SystemCallError) {
    count()
    try real.synchronize(descriptor)
  }
  func rename(_ old: String, to new: String) throws(SystemCallError) {
    count()
    try real.rename(old, to: new)
  }
  func link(_ old: String, to new: String) throws(SystemCallError) {
    count()
    guard hasLinks else { throw SystemCallError(code: EPERM) }
    try real.link(old, to: new)
  }
  func remove(_ path: String) {
    count()
    real.remove(path)
  }
  func read(_ path: String, atMost limit: Int) throws(SystemCallError) -> [UInt8] {
    count()
    return try real.read(path, atMost: limit)
  }
  func lock(_ descriptor: Int32) throws(SystemCallError) {
    count()
    if locks == .missing { throw SystemCallError(code: ENOSYS) }
  }
}

/// A clock that goes on only where somebody sleeps, and others act then.
final class SleepersClock: Sendable {
  private struct State {
    var seconds = 0.0
    var act: @Sendable (Double) -> Void = { _ in }
  }

  private let state = Mutex(State())

  /// What others do whenever time has gone on.
  func whileOthersSleep(_ act: @escaping @Sendable (Double) -> Void) {
    state.withLock { $0.act = act }
  }

  var seconds: Double { state.withLock { $0.seconds } }

  func sleep(_ seconds: Double) {
    let (now, act) = state.withLock { state in
      state.seconds += seconds
      return (state.seconds, state.act)
    }
    act(now)
  }

  var clock: StudyClock {
    StudyClock(
      seconds: { self.seconds }, timestamp: { "2024-05-06T07:08:09.250Z" },
      sleep: { self.sleep($0) })
  }
}
