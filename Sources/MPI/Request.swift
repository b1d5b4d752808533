import CMPI
import Foundation

/// A pending nonblocking operation with its buffers, which live as long. Calls throw `MPIError`.
///
/// Finish it with `wait`, or with `test` until that returns true. If an error comes in between, a
/// dropped request stays, with its buffers, until the job is aborted; without an error dropping one
/// is a bug, which `MPIRuntime.finalize` reports.
public final class Request<T: MPIScalar> {
  private var handle: MPI_Request?
  private let source: UnsafeMutableBufferPointer<T>
  private let target: UnsafeMutableBufferPointer<T>
  private var isPending = true

  /// Starts an operation on a copy of `values` and a target of the same length.
  init(
    _ values: [T],
    start: (
      _ source: UnsafeMutableBufferPointer<T>, _ target: UnsafeMutableBufferPointer<T>,
      _ handle: inout MPI_Request?
    ) throws -> Void
  ) throws {
    handle = srelu_request_null()
    source = .allocate(capacity: values.count)
    target = .allocate(capacity: values.count)
    _ = source.initialize(fromContentsOf: values)
    _ = target.initialize(fromContentsOf: values)
    do {
      try start(source, target, &handle)
    } catch {
      isPending = false
      throw error
    }
  }

  deinit {
    if isPending { return DroppedMessages.add(keeping: nil) }
    source.deallocate()
    target.deallocate()
  }

  /// Waits for the operation (MPI 3.1, section 3.7.3).
  /// - Returns: its result.
  public func wait() throws -> [T] {
    if isPending {
      isPending = false
      // int MPI_Wait(MPI_Request *request, MPI_Status *status)
      try check("MPI_Wait", MPI_Wait(&handle, srelu_status_ignore()))
    }
    return Array(target)
  }

  /// Progresses the operation and returns whether it has finished; never waits (section 3.7.3).
  public func test() throws -> Bool { try progress(&handle, &isPending) }
}

/// Progresses an operation, if it is pending, and returns whether it is over.
func progress(_ handle: inout MPI_Request?, _ isPending: inout Bool) throws -> Bool {
  guard isPending else { return true }
  var flag: Int32 = 0
  // int MPI_Test(MPI_Request *request, int *flag, MPI_Status *status)
  let status = MPI_Test(&handle, &flag, srelu_status_ignore())
  // A failed operation is over.
  isPending = flag == 0 && status == MPI_SUCCESS
  try check("MPI_Test", status)
  return !isPending
}

extension Communicator {
  /// Starts combining the ranks' values element by element (MPI 3.1, section 5.12.8); collective.
  ///
  /// It uses two buffers, because Open MPI 4.1 takes a slow path in place, and progresses only
  /// while some thread of the process is inside MPI.
  public func startAllreduce<T: MPIScalar>(_ values: [T], _ operation: ReduceOperation) throws
    -> Request<T>
  {
    let count = try count32("MPI_Iallreduce", values.count)
    let communicator = try raw("MPI_Iallreduce")
    return try Request(values) { source, target, handle in
      // int MPI_Iallreduce(const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype,
      //                    MPI_Op op, MPI_Comm comm, MPI_Request *request)
      try check(
        "MPI_Iallreduce",
        MPI_Iallreduce(
          source.address, target.address, count, T.datatype.raw, operation.raw, communicator,
          &handle))
    }
  }

  /// Starts a barrier (MPI 3.1, section 5.12.1); collective. Ranks that wait long can sleep between
  /// two tests instead of spinning.
  public func startBarrier() throws -> Request<UInt8> {
    let communicator = try raw("MPI_Ibarrier")
    return try Request([]) { _, _, handle in
      // int MPI_Ibarrier(MPI_Comm comm, MPI_Request *request)
      try check("MPI_Ibarrier", MPI_Ibarrier(communicator, &handle))
    }
  }

  /// Waits at a barrier, sleeping between polls, so that a long wait costs no core; collective,
  /// with other ranks' `sleepyBarrier` or `startBarrier`.
  /// - Parameter pollInterval: the time asleep, hence the most by which a rank may leave late.
  public func sleepyBarrier(pollInterval: Duration = .milliseconds(1)) throws {
    let request = try startBarrier()
    let (seconds, attoseconds) = pollInterval.components
    var pause = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    while try !request.test() { nanosleep(&pause, nil) }
  }
}
