import Synchronization

/// Operations that were dropped before they were finished. After an error that is no mistake: the ranks
/// can't finish them together any more, and the job is about to be aborted with that error's text. So
/// nothing traps where one is dropped; what it uses stays, since MPI may go on writing there, and
/// `MPIRuntime.finalize`, which a job comes to only without an error, refuses.
enum DroppedMessages {
  private static let counter = Atomic(0)

  static var count: Int { counter.load(ordering: .relaxed) }

  /// Notes one, and keeps its memory's owner for good.
  static func add(keeping owner: AnyObject?) {
    counter.add(1, ordering: .relaxed)
    if let owner { _ = Unmanaged.passRetained(owner) }
  }
}
