import CMPI

/// A matched message, which only this caller can receive (MPI 3.1, section 3.8.2).
public struct MatchedMessage: ~Copyable, @unchecked Sendable {
  private var handle: MPI_Message?
  /// The sender's rank.
  public let source: Int
  /// The sender's tag.
  public let tag: Int
  /// The length in bytes.
  public let byteCount: Int

  init(handle: MPI_Message?, status: MPI_Status) throws {
    self.handle = handle
    source = Int(status.MPI_SOURCE)
    tag = Int(status.MPI_TAG)
    var status = status
    var count: MPI_Count = 0
    // MPI_Get_count is undefined beyond 2³¹ − 1 bytes, which 2³¹ − 1 elements of 8 bytes exceed.
    // int MPI_Get_elements_x(const MPI_Status *status, MPI_Datatype datatype, MPI_Count *count)
    try check(
      "MPI_Get_elements_x", MPI_Get_elements_x(&status, UInt8.datatype.raw, &count))
    byteCount = Int(count)
  }

  /// Receives the message as values of one type.
  /// - Throws: `MPIError`; also if the length is not a multiple of the type's size. The message is
  ///   then consumed, so its sender continues.
  public consuming func receive<T: MPIScalar>(as type: T.Type = T.self) throws -> [T] {
    let stride = MemoryLayout<T>.stride
    guard byteCount % stride == 0 else {
      // A matched message that is never received blocks its sender forever.
      let _: [UInt8] = try receiveElements(byteCount)
      throw MPIError(
        operation: "MPI_Mrecv", refusal: "\(byteCount) bytes are not a whole number of \(T.self).")
    }
    return try receiveElements(byteCount / stride)
  }

  private mutating func receiveElements<T: MPIScalar>(_ count: Int) throws -> [T] {
    let length = try count32("MPI_Mrecv", count)
    return try array(count: count) { buffer in
      // int MPI_Mrecv(void *buf, int count, MPI_Datatype datatype, MPI_Message *message,
      //               MPI_Status *status)
      try check(
        "MPI_Mrecv",
        MPI_Mrecv(
          buffer.address, length, T.datatype.raw, &handle, srelu_status_ignore()))
    }
  }
}

// Messages between two ranks (MPI 3.1, chapter 3). A nil source or tag matches any. All throw
// `MPIError`.
extension Communicator {
  /// Sends values; returns once their memory may be reused (section 3.2.1).
  public func send<T: MPIScalar>(_ values: UnsafeBufferPointer<T>, to rank: Int, tag: Int) throws {
    requireRank(rank, "receiver")
    // int MPI_Send(const void *buf, int count, MPI_Datatype datatype, int dest, int tag,
    //              MPI_Comm comm)
    try check(
      "MPI_Send",
      MPI_Send(
        values.address, try count32("MPI_Send", values.count), T.datatype.raw, Int32(rank),
        Int32(tag), try raw("MPI_Send")))
  }

  /// Sends values; returns once their memory may be reused.
  public func send<T: MPIScalar>(_ values: [T], to rank: Int, tag: Int) throws {
    try values.withUnsafeBufferPointer { try send($0, to: rank, tag: tag) }
  }

  /// Starts sending a copy of `values` (section 3.7.2).
  public func startSend<T: MPIScalar>(_ values: [T], to rank: Int, tag: Int) throws -> Request<T> {
    requireRank(rank, "receiver")
    let count = try count32("MPI_Isend", values.count)
    let communicator = try raw("MPI_Isend")
    return try Request(values) { source, _, handle in
      // int MPI_Isend(const void *buf, int count, MPI_Datatype datatype, int dest, int tag,
      //               MPI_Comm comm, MPI_Request *request)
      try check(
        "MPI_Isend",
        MPI_Isend(
          source.address, count, T.datatype.raw, Int32(rank), Int32(tag), communicator, &handle))
    }
  }

  /// Waits for a message and receives at most `values.count` elements (section 3.2.4).
  /// - Returns: the number of elements received.
  /// - Throws: `MPIError`; also if the message is longer than `values`.
  @discardableResult
  public func receive<T: MPIScalar>(
    into values: UnsafeMutableBufferPointer<T>, from rank: Int?, tag: Int?
  ) throws -> Int {
    if let rank { requireRank(rank, "sender") }
    var status = MPI_Status()
    // int MPI_Recv(void *buf, int count, MPI_Datatype datatype, int source, int tag, MPI_Comm comm,
    //              MPI_Status *status)
    try check(
      "MPI_Recv",
      MPI_Recv(
        values.address, try count32("MPI_Recv", values.count), T.datatype.raw,
        rank.map(Int32.init) ?? srelu_any_source(), tag.map(Int32.init) ?? srelu_any_tag(),
        try raw("MPI_Recv"), &status))
    var count: Int32 = 0
    // int MPI_Get_count(const MPI_Status *status, MPI_Datatype datatype, int *count)
    try check("MPI_Get_count", MPI_Get_count(&status, T.datatype.raw, &count))
    return Int(count)
  }

  /// Waits for a message of any length and receives it.
  public func receive<T: MPIScalar>(from rank: Int?, tag: Int?) throws -> [T] {
    try matchedProbe(source: rank, tag: tag).receive()
  }

  /// Sends values to one rank while receiving from another (section 3.10).
  /// - Returns: the elements received, at most as many as were sent.
  public func sendReceive<T: MPIScalar>(_ values: [T], to: Int, from: Int, tag: Int) throws -> [T] {
    requireRank(to, "receiver")
    requireRank(from, "sender")
    let count = try count32("MPI_Sendrecv", values.count)
    var received: Int32 = 0
    let buffer: [T] = try array(count: values.count) { result in
      try values.withUnsafeBufferPointer { values in
        _ = result.initialize(fromContentsOf: values)
        var status = MPI_Status()
        // int MPI_Sendrecv(const void *sendbuf, int sendcount, MPI_Datatype sendtype, int dest,
        //                  int sendtag, void *recvbuf, int recvcount, MPI_Datatype recvtype,
        //                  int source, int recvtag, MPI_Comm comm, MPI_Status *status)
        try check(
          "MPI_Sendrecv",
          MPI_Sendrecv(
            values.address, count, T.datatype.raw, Int32(to), Int32(tag), result.address, count,
            T.datatype.raw, Int32(from), Int32(tag), try raw("MPI_Sendrecv"), &status))
        try check("MPI_Get_count", MPI_Get_count(&status, T.datatype.raw, &received))
      }
    }
    return Array(buffer[..<Int(received)])
  }

  /// Waits for a message and takes it from the queue, so that no other thread can receive it
  /// (section 3.8.2).
  public func matchedProbe(source: Int?, tag: Int?) throws -> MatchedMessage {
    if let source { requireRank(source, "sender") }
    var handle = srelu_message_null()
    var status = MPI_Status()
    // int MPI_Mprobe(int source, int tag, MPI_Comm comm, MPI_Message *message, MPI_Status *status)
    try check(
      "MPI_Mprobe",
      MPI_Mprobe(
        source.map(Int32.init) ?? srelu_any_source(), tag.map(Int32.init) ?? srelu_any_tag(),
        try raw("MPI_Mprobe"), &handle, &status))
    return try MatchedMessage(handle: handle, status: status)
  }

  /// Takes a message from the queue if there is one; never waits (section 3.8.2).
  public func pollMessage(source: Int?, tag: Int?) throws -> MatchedMessage? {
    if let source { requireRank(source, "sender") }
    var flag: Int32 = 0
    var handle = srelu_message_null()
    var status = MPI_Status()
    // int MPI_Improbe(int source, int tag, MPI_Comm comm, int *flag, MPI_Message *message,
    //                 MPI_Status *status)
    try check(
      "MPI_Improbe",
      MPI_Improbe(
        source.map(Int32.init) ?? srelu_any_source(), tag.map(Int32.init) ?? srelu_any_tag(),
        try raw("MPI_Improbe"), &flag, &handle, &status))
    return flag == 0 ? nil : try MatchedMessage(handle: handle, status: status)
  }
}
