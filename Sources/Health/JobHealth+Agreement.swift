import MPI
import Support

/// One rank's error, known to all ranks, so that all exit in order.
package struct AgreedFailure: ReportableError, Codable {
  package let description: String
  package let exitCode: ExitCode

  package init(description: String, exitCode: ExitCode) {
    self.description = description
    self.exitCode = exitCode
  }

  /// The description and code of another error; an unexpected error is a bug.
  package init(_ error: any Error) {
    let known = error as? any ReportableError
    self.init(description: known?.description ?? "\(error)", exitCode: known?.exitCode ?? .bug)
  }
}

extension JobHealth {
  /// Marks the time between two collective operations.
  package func rest() { if isWatched { meet() } else { beginFiles() } }

  /// Runs `body`, which may read and write files, on every rank. If it throws on any rank, all ranks
  /// throw the same `AgreedFailure`, that of the lowest failing rank. An error of MPI itself can't be
  /// agreed on.
  package func agreeing<Value>(_ body: () throws -> Value) throws -> Value {
    beginFiles()
    let result = Result { try body() }
    if case .failure(let error as MPIError) = result, error.code != 0 { throw error }
    meet()
    defer { rest() }
    var failed = Int32.max
    if case .failure = result { failed = Int32(world.rank) }
    let first = try world.allreduce(failed, .min)
    guard first != Int32.max else { return try result.get() }
    var failure: AgreedFailure?
    if case .failure(let error) = result { failure = AgreedFailure(error) }
    throw try world.broadcast(message: failure, root: Int(first))
      ?? AgreedFailure(description: "", exitCode: .bug)
  }

  /// Rank 0's value or error of `make`, on every rank.
  package func fromFirstRank<Value: Codable>(_ make: () throws -> Value) throws -> Value {
    let made = try agreeing { world.rank == 0 ? try make() : nil }
    meet()
    defer { rest() }
    guard let value = try world.broadcast(message: made, root: 0) else {
      preconditionFailure("the first rank made no value")
    }
    return value
  }
}
