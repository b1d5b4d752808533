import Foundation
import Synchronization

/// A thread whose result can be waited for, asleep.
package final class JoinableThread<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let end = DispatchSemaphore(value: 0)

  package init(name: String, _ body: @escaping @Sendable () throws -> Value) {
    let thread = Thread { [self] in
      let outcome = Result { try body() }
      result.withLock { $0 = outcome }
      end.signal()
    }
    thread.name = name
    thread.start()
  }

  package var failure: (any Error)? {
    result.withLock { result in
      guard case .failure(let error) = result else { return nil }
      return error
    }
  }

  package func join() throws -> Value {
    end.wait()
    end.signal()
    guard let result = result.withLock({ $0 }) else {
      preconditionFailure("a thread ended without a result")
    }
    return try result.get()
  }
}
