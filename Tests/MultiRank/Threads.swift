import Foundation
import Synchronization

/// Runs each body on a thread of its own and waits for all.
///
/// - Throws: the first error of any; after it, threads that wait for the one that failed are left.
func onThreads(_ bodies: [@Sendable () throws -> Void]) throws {
  let state = ThreadState()
  for body in bodies {
    Thread.detachNewThread {
      do { try body() } catch { state.fail(error) }
      state.finish()
    }
  }
  while state.finished < bodies.count {
    if let error = state.error { throw error }
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
