import Foundation

/// Runs each body on a thread of its own and waits for all.
///
/// The caller sleeps meanwhile: ranks that share cores and yield starve everything outside their
/// session on some kernels (Linux 6.18 with autogroups), once a thread among them polls.
///
/// - Throws: the first error of any. Threads that still wait two seconds after it, perhaps for the
///   one that failed, are left behind.
func onThreads(_ bodies: [@Sendable () throws -> Void]) throws {
  let outcome = ThreadOutcome(running: bodies.count)
  for body in bodies {
    Thread.detachNewThread { outcome.add(Result { try body() }) }
  }
  try outcome.wait(patience: 2)
}

private final class ThreadOutcome: @unchecked Sendable {
  private let changed = NSCondition()
  private var running: Int
  private var error: (any Error)?

  init(running: Int) { self.running = running }

  func add(_ result: Result<Void, any Error>) {
    changed.withLock {
      running -= 1
      if case .failure(let error) = result { self.error = self.error ?? error }
      changed.broadcast()
    }
  }

  /// Until none runs, or for `patience` seconds after the first error.
  func wait(patience: TimeInterval) throws {
    try changed.withLock {
      while running > 0 && error == nil { changed.wait() }
      let end = Date() + patience
      while running > 0 && changed.wait(until: end) {}
      if let error { throw error }
    }
  }
}
