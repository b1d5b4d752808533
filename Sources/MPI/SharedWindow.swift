import CMPI
import Synchronization

/// Memory that the ranks of one node share (MPI 3.1, section 11.2.3): the first rank of the
/// communicator holds it, the others see the same bytes.
///
/// Write, then call `synchronise` on all ranks, then read.
public final class SharedWindow<T: MPIScalar>: @unchecked Sendable {
  private var handle: MPI_Win?
  private let communicator: Communicator
  private let isFreed = Mutex(false)
  /// The shared elements.
  public let elements: UnsafeMutableBufferPointer<T>

  /// Makes room for `count` elements; collective over the ranks of one node, with the same count.
  ///
  /// - Throws: `MPIError`, for instance where the node's shared memory is too small.
  public init(count: Int, on communicator: Communicator) throws {
    self.communicator = communicator
    let stride = MemoryLayout<T>.stride
    var window: MPI_Win? = srelu_win_null()
    var own: UnsafeMutableRawPointer?
    let bytes = communicator.rank == 0 ? count * stride : 0
    // int MPI_Win_allocate_shared(MPI_Aint size, int disp_unit, MPI_Info info, MPI_Comm comm,
    //                             void *baseptr, MPI_Win *win)
    try check(
      "MPI_Win_allocate_shared",
      MPI_Win_allocate_shared(
        bytes, Int32(stride), srelu_info_null(), try communicator.raw("MPI_Win_allocate_shared"),
        &own, &window))
    try check("MPI_Win_set_errhandler", srelu_win_errors_return(window))
    var size: MPI_Aint = 0
    var unit: Int32 = 0
    var base: UnsafeMutableRawPointer?
    // int MPI_Win_shared_query(MPI_Win win, int rank, MPI_Aint *size, int *disp_unit, void *baseptr)
    try check(
      "MPI_Win_shared_query", MPI_Win_shared_query(window, 0, &size, &unit, &base))
    // One access epoch from beginning to end, so that `synchronise` is a barrier and no more.
    // int MPI_Win_lock_all(int assert, MPI_Win win)
    try check("MPI_Win_lock_all", MPI_Win_lock_all(srelu_mode_nocheck(), window))
    handle = window
    elements = UnsafeMutableBufferPointer(
      start: base?.bindMemory(to: T.self, capacity: count), count: base == nil ? 0 : count)
    guard base != nil || count == 0 else {
      throw MPIError(
        operation: "MPI_Win_shared_query",
        refusal: "no address for the \(count * stride) bytes that the node shares.")
    }
  }

  /// What any rank wrote before, every rank reads after; collective. Costs a barrier.
  ///
  /// - Throws: `MPIError`.
  public func synchronise() throws {
    // Other processes' writes aren't known to the compiler, which must move no access across.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    // int MPI_Win_sync(MPI_Win win)
    try check("MPI_Win_sync", MPI_Win_sync(handle))
    try communicator.barrier()
    try check("MPI_Win_sync", MPI_Win_sync(handle))
    atomicMemoryFence(ordering: .sequentiallyConsistent)
  }

  /// Gives the memory back; collective. The elements can't be used afterwards.
  ///
  /// - Throws: `MPIError`, also where it was freed before.
  public func free() throws {
    try isFreed.withLock { freed in
      guard !freed else {
        throw MPIError(operation: "MPI_Win_free", refusal: "the window was freed before.")
      }
      freed = true
    }
    // int MPI_Win_unlock_all(MPI_Win win)
    try check("MPI_Win_unlock_all", MPI_Win_unlock_all(handle))
    // int MPI_Win_free(MPI_Win *win)
    try check("MPI_Win_free", MPI_Win_free(&handle))
  }
}
