import Foundation
import Synchronization

/// Runs each body on a thread of its own and waits for all.
///
/// - Throws: the first error of any. Threads that still wait two seconds after it, perhaps for the
///   one that failed, are left behind.
func onThreads(_ bodies: [@Sendable () throws -> Void]) throws {
  let state = ThreadState()
  for body in bodies {
    Thread.detachNewThread {
      do { try body() } catch { state.fail(error) }
      state.finish()
    }
  }
  var patience = 10_000
  while state.finished < bodies.count && patience > 0 {
    if state.error != nil { patience -= 1 }
    usleep(200)
  }
  if let error = state.error { throw error }
}

private final class ThreadState: Sendable {
  private let state = Mutex((finished: 0, error: (any Error)?.none))

  var finished: Int { state.withLock { $0.finished } }
  var error: (any Error)? { state.withLock { $0.error } }
  func finish() { state.withLock { $0.finished += 1 } }
  func fail(_ error: any Error) { state.withLock { $0.error = $0.error ?? error } }
}
