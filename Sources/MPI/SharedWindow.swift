import CMPI
import Synchronization

/// Memory that the ranks of one host share (MPI 3.1, section 11.2.3): the communicator's first rank
/// owns it, the others map the same bytes.
///
/// Write, then call `synchronise` on all ranks, then read.
public final class SharedWindow<T: MPIScalar>: @unchecked Sendable {
  private var handle: MPI_Win?
  private let communicator: Communicator
  private let isFreed = Mutex(false)
  /// The shared elements.
  public let elements: UnsafeMutableBufferPointer<T>

  /// Allocates `count` zeros; collective over the ranks of one host, with the same count.
  /// - Parameter own: this rank's most used elements, whose pages are placed in its NUMA domain.
  /// - Throws: on all ranks `SharedMemoryShortage` if shared memory is too small; `MPIError`.
  public init(count: Int, on communicator: Communicator, own: [Range<Int>] = []) throws {
    self.communicator = communicator
    let raw = try communicator.raw("MPI_Win_allocate_shared")
    let stride = MemoryLayout<T>.stride
    try Self.require(count * stride, communicator)
    var window: MPI_Win? = srelu_win_null()
    var pointer: UnsafeMutableRawPointer?
    let bytes = communicator.rank == 0 ? count * stride : 0
    // int MPI_Win_allocate_shared(MPI_Aint size, int disp_unit, MPI_Info info, MPI_Comm comm,
    //                             void *baseptr, MPI_Win *win)
    try check(
      "MPI_Win_allocate_shared",
      MPI_Win_allocate_shared(
        bytes, Int32(stride), srelu_info_null(), raw,
        &pointer, &window))
    try check("MPI_Win_set_errhandler", srelu_win_errors_return(window))
    var size: MPI_Aint = 0
    var unit: Int32 = 0
    var base: UnsafeMutableRawPointer?
    // int MPI_Win_shared_query(MPI_Win win, int rank, MPI_Aint *size, int *disp_unit, void *baseptr)
    try check(
      "MPI_Win_shared_query", MPI_Win_shared_query(window, 0, &size, &unit, &base))
    // A single access epoch for the whole lifetime, so that `synchronise` is just a barrier.
    // int MPI_Win_lock_all(int assert, MPI_Win win)
    try check("MPI_Win_lock_all", MPI_Win_lock_all(srelu_mode_nocheck(), window))
    handle = window
    elements = UnsafeMutableBufferPointer(
      start: base?.bindMemory(to: T.self, capacity: count), count: base == nil ? 0 : count)
    guard base != nil || count == 0 else {
      throw MPIError(
        operation: "MPI_Win_shared_query",
        refusal: "no address for the \(count * stride) bytes that the host shares.")
    }
    try fill(own)
  }

  /// Throws the same on all ranks: the first rank's host is everyone's.
  private static func require(_ bytes: Int, _ communicator: Communicator) throws {
    // The only rank on a host gets private memory.
    guard communicator.size > 1 else { return }
    var figures = [
      Int64(SharedMemory.neededBytes(bytes, ranks: communicator.size)),
      Int64(SharedMemory.freeBytes ?? Int.max),
    ]
    try communicator.broadcast(&figures, root: 0)
    guard figures[0] <= figures[1] else {
      throw SharedMemoryShortage(
        folder: SharedMemory.folder, needed: Int(figures[0]), free: Int(figures[1]))
    }
  }

  /// Allocates all pages now, while a shortage can still be reported; each rank its own first.
  private func fill(_ own: [Range<Int>]) throws {
    guard communicator.size > 1 else {
      _ = UnsafeMutableRawBufferPointer(elements).initializeMemory(as: UInt8.self, repeating: 0)
      return
    }
    var isWhole = true
    for range in own where !range.isEmpty {
      let part = UnsafeMutableBufferPointer(rebasing: elements[range])
      isWhole = SharedMemory.fill(UnsafeMutableRawBufferPointer(part)) && isWhole
    }
    try communicator.barrier()
    if communicator.rank == 0, isWhole {
      isWhole = SharedMemory.fill(UnsafeMutableRawBufferPointer(elements))
    }
    guard try communicator.allreduce(isWhole ? Int64(1) : 0, .min) == 0 else { return }
    let free = try communicator.broadcast(Int64(SharedMemory.freeBytes ?? 0), root: 0)
    try self.free()
    throw SharedMemoryShortage(
      folder: SharedMemory.folder,
      needed: SharedMemory.neededBytes(
        elements.count * MemoryLayout<T>.stride, ranks: communicator.size), free: Int(free))
  }

  /// Makes all ranks' earlier writes visible to all ranks; collective. Costs a barrier.
  /// - Throws: `MPIError`.
  public func synchronise() throws {
    // The compiler doesn't know of other processes' writes and must move no access across.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    // int MPI_Win_sync(MPI_Win win)
    try check("MPI_Win_sync", MPI_Win_sync(handle))
    try communicator.barrier()
    try check("MPI_Win_sync", MPI_Win_sync(handle))
    atomicMemoryFence(ordering: .sequentiallyConsistent)
  }

  /// Frees the memory; collective. The elements can't be used afterwards.
  /// - Throws: `MPIError`; also if the memory was already freed.
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
