import Synchronization

/// Operations dropped before they finished. After an error this is legitimate: the ranks can't
/// finish them together any more, and the job is about to be aborted with that error's text. So
/// dropping one doesn't trap. Its memory stays alive, since MPI may still write there, and
/// `MPIRuntime.finalize`, which a job reaches only without an error, refuses.
enum DroppedMessages {
  private static let counter = Atomic(0)

  static var count: Int { counter.load(ordering: .relaxed) }

  /// Counts a dropped operation and leaks its memory's owner.
  static func add(keeping owner: AnyObject?) {
    counter.add(1, ordering: .relaxed)
    if let owner { _ = Unmanaged.passRetained(owner) }
  }
}
