import CMPI

// Collective operations over equal parts (MPI 3.1, chapter 5). Every rank of the communicator calls
// them in the same order. All throw `MPIError`.
extension Communicator {
  /// Waits until every rank has called it (section 5.3).
  public func barrier() throws {
    // int MPI_Barrier(MPI_Comm comm)
    try check("MPI_Barrier", MPI_Barrier(try raw("MPI_Barrier")))
  }

  /// Copies `root`'s values to every rank (section 5.4); all ranks give the same length.
  public func broadcast<T: MPIScalar>(_ values: UnsafeMutableBufferPointer<T>, root: Int) throws {
    requireRank(root, "root")
    // int MPI_Bcast(void *buffer, int count, MPI_Datatype datatype, int root, MPI_Comm comm)
    try check(
      "MPI_Bcast",
      MPI_Bcast(
        values.address, try count32("MPI_Bcast", values.count), T.datatype.raw, Int32(root),
        try raw("MPI_Bcast")))
  }

  /// Copies `root`'s values to every rank; all ranks give the same length.
  public func broadcast<T: MPIScalar>(_ values: inout [T], root: Int) throws {
    try values.withUnsafeMutableBufferPointer { try broadcast($0, root: root) }
  }

  /// Returns `root`'s value on every rank.
  public func broadcast<T: MPIScalar>(_ value: T, root: Int) throws -> T {
    var values = [value]
    try broadcast(&values, root: root)
    return values[0]
  }

  /// Combines the ranks' values element by element, in place, on every rank (section 5.9.6).
  public func allreduce<T: MPIScalar>(
    inPlace values: UnsafeMutableBufferPointer<T>, _ operation: ReduceOperation
  ) throws {
    // int MPI_Allreduce(const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype,
    //                   MPI_Op op, MPI_Comm comm)
    try check(
      "MPI_Allreduce",
      MPI_Allreduce(
        srelu_in_place(), values.address, try count32("MPI_Allreduce", values.count),
        T.datatype.raw, operation.raw, try raw("MPI_Allreduce")))
  }

  /// Returns the ranks' values combined element by element, on every rank.
  public func allreduce<T: MPIScalar>(_ values: [T], _ operation: ReduceOperation) throws -> [T] {
    var result = values
    try result.withUnsafeMutableBufferPointer { try allreduce(inPlace: $0, operation) }
    return result
  }

  /// Returns the ranks' values combined, on every rank.
  public func allreduce<T: MPIScalar>(_ value: T, _ operation: ReduceOperation) throws -> T {
    try allreduce([value], operation)[0]
  }

  /// Combines the ranks' values element by element, in place at `root`; elsewhere unchanged
  /// (section 5.9.1).
  public func reduce<T: MPIScalar>(
    inPlace values: UnsafeMutableBufferPointer<T>, _ operation: ReduceOperation, root: Int
  ) throws {
    requireRank(root, "root")
    let isRoot = rank == root
    // int MPI_Reduce(const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype,
    //                MPI_Op op, int root, MPI_Comm comm)
    try check(
      "MPI_Reduce",
      MPI_Reduce(
        isRoot ? srelu_in_place() : values.address, isRoot ? values.address : nil,
        try count32("MPI_Reduce", values.count), T.datatype.raw, operation.raw, Int32(root),
        try raw("MPI_Reduce")))
  }

  /// Returns the ranks' values combined element by element at `root`, nil elsewhere.
  public func reduce<T: MPIScalar>(_ values: [T], _ operation: ReduceOperation, root: Int) throws
    -> [T]?
  {
    var result = values
    try result.withUnsafeMutableBufferPointer { try reduce(inPlace: $0, operation, root: root) }
    return rank == root ? result : nil
  }

  /// Returns all ranks' values at `root`, nil elsewhere; all give the same length (section 5.5).
  public func gather<T: MPIScalar>(_ values: [T], root: Int) throws -> [T]? {
    requireRank(root, "root")
    let count = try count32("MPI_Gather", values.count)
    let gathered: [T] = try array(count: rank == root ? values.count * size : 0) { result in
      try values.withUnsafeBufferPointer { values in
        // int MPI_Gather(const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf,
        //                int recvcount, MPI_Datatype recvtype, int root, MPI_Comm comm)
        try check(
          "MPI_Gather",
          MPI_Gather(
            values.address, count, T.datatype.raw, result.address, count, T.datatype.raw,
            Int32(root), try raw("MPI_Gather")))
      }
    }
    return rank == root ? gathered : nil
  }

  /// Gathers in place. At `root`, `values` are `size` equal parts, of which the `rank`-th is
  /// already written; elsewhere they are this rank's part and unchanged.
  public func gather<T: MPIScalar>(inPlace values: UnsafeMutableBufferPointer<T>, root: Int) throws
  {
    let (isRoot, count) = try equalPart("MPI_Gather", values.count, root: root)
    try check(
      "MPI_Gather",
      MPI_Gather(
        isRoot ? srelu_in_place() : values.address, count, T.datatype.raw,
        isRoot ? values.address : nil, count, T.datatype.raw, Int32(root), try raw("MPI_Gather")))
  }

  /// Returns all ranks' values one after another; all give the same length (section 5.7).
  public func allgather<T: MPIScalar>(_ values: [T]) throws -> [T] {
    let count = try count32("MPI_Allgather", values.count)
    return try array(count: values.count * size) { result in
      try values.withUnsafeBufferPointer { values in
        // int MPI_Allgather(const void *sendbuf, int sendcount, MPI_Datatype sendtype,
        //                   void *recvbuf, int recvcount, MPI_Datatype recvtype, MPI_Comm comm)
        try check(
          "MPI_Allgather",
          MPI_Allgather(
            values.address, count, T.datatype.raw, result.address, count, T.datatype.raw,
            try raw("MPI_Allgather")))
      }
    }
  }

  /// Gathers in place the `size` equal parts of `values`; each rank has written the `rank`-th.
  public func allgather<T: MPIScalar>(inPlace values: UnsafeMutableBufferPointer<T>) throws {
    precondition(values.count % size == 0, "\(values.count) elements for \(size) equal parts")
    let count = try count32("MPI_Allgather", values.count / size)
    try check(
      "MPI_Allgather",
      MPI_Allgather(
        srelu_in_place(), 0, T.datatype.raw, values.address, count, T.datatype.raw,
        try raw("MPI_Allgather")))
  }

  /// Returns this rank's part of `root`'s values, the `rank`-th of `size` equal ones (section 5.6).
  /// Only `root`'s `values` are read; `count` is the length of a part.
  public func scatter<T: MPIScalar>(_ values: [T], count: Int, root: Int) throws -> [T] {
    requireRank(root, "root")
    precondition(
      rank != root || values.count == count * size,
      "\(values.count) elements for \(size) parts of \(count)")
    let part = try count32("MPI_Scatter", count)
    return try array(count: count) { result in
      try values.withUnsafeBufferPointer { values in
        // int MPI_Scatter(const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf,
        //                 int recvcount, MPI_Datatype recvtype, int root, MPI_Comm comm)
        try check(
          "MPI_Scatter",
          MPI_Scatter(
            values.address, part, T.datatype.raw, result.address, part, T.datatype.raw,
            Int32(root), try raw("MPI_Scatter")))
      }
    }
  }

  /// Scatters in place: `root` keeps all `size` parts; on other ranks `values` become the
  /// `rank`-th.
  public func scatter<T: MPIScalar>(inPlace values: UnsafeMutableBufferPointer<T>, root: Int) throws
  {
    let (isRoot, count) = try equalPart("MPI_Scatter", values.count, root: root)
    try check(
      "MPI_Scatter",
      MPI_Scatter(
        isRoot ? values.address : nil, count, T.datatype.raw,
        isRoot ? srelu_in_place() : values.address, count, T.datatype.raw, Int32(root),
        try raw("MPI_Scatter")))
  }

  /// The length of a part; `count` covers all parts at `root`, one elsewhere.
  private func equalPart(_ operation: StaticString, _ count: Int, root: Int) throws -> (
    isRoot: Bool, count: Int32
  ) {
    requireRank(root, "root")
    guard rank == root else { return (false, try count32(operation, count)) }
    precondition(count % size == 0, "\(count) elements for \(size) equal parts")
    return (true, try count32(operation, count / size))
  }

  /// Combines the ranks' values element by element and returns the `rank`-th of `size` equal parts
  /// of the result (section 5.10.1). All ranks give the same length.
  public func reduceScatter<T: MPIScalar>(_ values: [T], _ operation: ReduceOperation) throws
    -> [T]
  {
    precondition(values.count % size == 0, "\(values.count) elements for \(size) equal parts")
    let count = try count32("MPI_Reduce_scatter_block", values.count / size)
    return try array(count: values.count / size) { result in
      try values.withUnsafeBufferPointer { values in
        // int MPI_Reduce_scatter_block(const void *sendbuf, void *recvbuf, int recvcount,
        //                              MPI_Datatype datatype, MPI_Op op, MPI_Comm comm)
        try check(
          "MPI_Reduce_scatter_block",
          MPI_Reduce_scatter_block(
            values.address, result.address, count, T.datatype.raw, operation.raw,
            try raw("MPI_Reduce_scatter_block")))
      }
    }
  }

  /// Combines the ranks' values element by element, in place: the first of `size` equal parts of
  /// `values` becomes the `rank`-th part of the result; the others are undefined.
  public func reduceScatter<T: MPIScalar>(
    inPlace values: UnsafeMutableBufferPointer<T>, _ operation: ReduceOperation
  ) throws {
    precondition(values.count % size == 0, "\(values.count) elements for \(size) equal parts")
    let count = try count32("MPI_Reduce_scatter_block", values.count / size)
    try check(
      "MPI_Reduce_scatter_block",
      MPI_Reduce_scatter_block(
        srelu_in_place(), values.address, count, T.datatype.raw, operation.raw,
        try raw("MPI_Reduce_scatter_block")))
  }
}
