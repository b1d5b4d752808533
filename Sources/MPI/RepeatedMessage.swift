import CMPI

/// A persistent request: a message sent repeatedly from, or received into, the same memory (MPI
/// 3.1, section 3.9). MPI sets it up once. Calls throw `MPIError`.
///
/// Freed with its last reference, which must come after the last start has finished and before its
/// communicator is freed and MPI is finalised. If an error comes in between, a pending one stays,
/// with its memory, until the job is aborted.
public final class RepeatedMessage {
  private var handle: MPI_Request?
  private let owner: AnyObject?
  /// Whether it was started and hasn't been observed to finish.
  public private(set) var isUnderWay = false

  fileprivate init(owner: AnyObject?, _ make: (inout MPI_Request?) throws -> Void) throws {
    self.owner = owner
    handle = srelu_request_null()
    try make(&handle)
  }

  deinit {
    if isUnderWay { return DroppedMessages.add(keeping: owner) }
    // After MPI_Finalize the call would end the process.
    if MPIRuntime.isFinalized { return }
    // int MPI_Request_free(MPI_Request *request)
    MPI_Request_free(&handle)
  }

  /// Starts the message; its memory belongs to MPI until it has finished.
  public func start() throws {
    precondition(!isUnderWay, "a repeated message was started twice")
    // int MPI_Start(MPI_Request *request)
    try check("MPI_Start", MPI_Start(&handle))
    isUnderWay = true
  }

  /// Progresses the message and returns whether it has finished; never waits.
  public func isFinished() throws -> Bool { try progress(&handle, &isUnderWay) }
}

extension Communicator {
  /// Prepares a message to `rank` from memory that must outlive it.
  /// - Parameter owner: retained as long as MPI may use the memory.
  public func repeatedSend<T: MPIScalar>(
    _ values: UnsafeBufferPointer<T>, to rank: Int, tag: Int, owner: AnyObject? = nil
  ) throws -> RepeatedMessage {
    requireRank(rank, "receiver")
    let count = try count32("MPI_Send_init", values.count)
    let communicator = try raw("MPI_Send_init")
    return try RepeatedMessage(owner: owner) { handle in
      // int MPI_Send_init(const void *buf, int count, MPI_Datatype datatype, int dest, int tag,
      //                   MPI_Comm comm, MPI_Request *request)
      try check(
        "MPI_Send_init",
        MPI_Send_init(
          values.address, count, T.datatype.raw, Int32(rank), Int32(tag), communicator, &handle))
    }
  }

  /// Prepares a message from `rank`, at most `values.count` elements long, into memory that must
  /// outlive it.
  /// - Parameter owner: retained as long as MPI may use the memory.
  public func repeatedReceive<T: MPIScalar>(
    into values: UnsafeMutableBufferPointer<T>, from rank: Int, tag: Int, owner: AnyObject? = nil
  ) throws -> RepeatedMessage {
    requireRank(rank, "sender")
    let count = try count32("MPI_Recv_init", values.count)
    let communicator = try raw("MPI_Recv_init")
    return try RepeatedMessage(owner: owner) { handle in
      // int MPI_Recv_init(void *buf, int count, MPI_Datatype datatype, int source, int tag,
      //                   MPI_Comm comm, MPI_Request *request)
      try check(
        "MPI_Recv_init",
        MPI_Recv_init(
          values.address, count, T.datatype.raw, Int32(rank), Int32(tag), communicator, &handle))
    }
  }
}
