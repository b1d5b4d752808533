import MPI

/// A check that all ranks of a job run together.
struct Probe: Sendable {
  let name: String
  let minimumRanks: Int
  /// Runs on a communicator of the probe's own, with all ranks; throws what is wrong.
  let body: @Sendable (Communicator) throws -> Void

  init(
    _ name: String, minimumRanks: Int = 1, body: @escaping @Sendable (Communicator) throws -> Void
  ) {
    self.name = name
    self.minimumRanks = minimumRanks
    self.body = body
  }
}
