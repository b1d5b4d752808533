/// Trains a trial reliably: after a replica went wrong, again from the last good checkpoint.
package enum TrialRunner {
  /// Repeated mismatches in one trial mean faulty hardware, not a stray bit flip.
  static let mismatchLimit = 3

  /// What `train` gives, in the first attempt in which the replicas agree. Every rank of the group calls
  /// it, and since every rank sees a mismatch, all of them try again together.
  /// - Parameters:
  ///   - note: gets a line about each mismatch but the last.
  ///   - train: one attempt, from the last checkpoint.
  /// - Throws: the last `ReplicaMismatch` of `mismatchLimit`; anything else that `train` throws, at once.
  package static func run<Result>(
    note: (String) throws -> Void, _ train: () throws -> Result
  ) throws -> Result {
    for _ in 1..<mismatchLimit {
      do {
        return try train()
      } catch let mismatch as ReplicaMismatch {
        try note("\(mismatch) The trial goes on from its last checkpoint.")
      }
    }
    return try train()
  }
}
