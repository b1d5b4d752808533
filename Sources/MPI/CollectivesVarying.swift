import CMPI

// Collective operations over parts of different lengths (MPI 3.1, chapter 5). `counts` has one
// length per rank, the same on every rank that reads it. All throw `MPIError`.
extension Communicator {
  /// The lengths and starts of the ranks' parts, which lie one after another; `own` is the length of this
  /// rank's part as it is.
  private func parts(_ operation: StaticString, _ counts: [Int], own: Int? = nil) throws -> (
    counts: [Int32], starts: [Int32], total: Int
  ) {
    precondition(counts.count == size, "\(counts.count) lengths for \(size) ranks")
    if let own {
      precondition(counts[rank] == own, "\(own) elements where \(counts[rank]) were announced")
    }
    var starts: [Int32] = []
    var total = 0
    for count in counts {
      precondition(count >= 0, "a part of \(count) elements")
      starts.append(try count32(operation, total))
      total += count
    }
    return (try counts.map { try count32(operation, $0) }, starts, total)
  }

  /// Returns all ranks' values one after another at `root`, nil elsewhere (section 5.5).
  public func gather<T: MPIScalar>(_ values: [T], counts: [Int], root: Int) throws -> [T]? {
    requireRank(root, "root")
    let parts = try parts("MPI_Gatherv", counts, own: values.count)
    let gathered: [T] = try array(count: rank == root ? parts.total : 0) { result in
      try values.withUnsafeBufferPointer { values in
        // int MPI_Gatherv(const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf,
        //                 const int recvcounts[], const int displs[], MPI_Datatype recvtype,
        //                 int root, MPI_Comm comm)
        try check(
          "MPI_Gatherv",
          MPI_Gatherv(
            values.address, parts.counts[rank], T.datatype.raw, result.address, parts.counts,
            parts.starts, T.datatype.raw, Int32(root), try raw("MPI_Gatherv")))
      }
    }
    return rank == root ? gathered : nil
  }

  /// Gathers in place. At `root`, `values` are all parts one after another, of which its own is
  /// already written; elsewhere they are this rank's part and unchanged.
  public func gather<T: MPIScalar>(
    inPlace values: UnsafeMutableBufferPointer<T>, counts: [Int], root: Int
  ) throws {
    let parts = try wholeAtRoot("MPI_Gatherv", values.count, counts, root: root)
    let isRoot = rank == root
    try check(
      "MPI_Gatherv",
      MPI_Gatherv(
        isRoot ? srelu_in_place() : values.address, parts.counts[rank], T.datatype.raw,
        isRoot ? values.address : nil, parts.counts, parts.starts, T.datatype.raw, Int32(root),
        try raw("MPI_Gatherv")))
  }

  /// The lengths and starts of the parts; `root` has all of them, every other rank its own.
  private func wholeAtRoot(
    _ operation: StaticString, _ count: Int, _ counts: [Int], root: Int
  ) throws -> (counts: [Int32], starts: [Int32]) {
    requireRank(root, "root")
    let parts = try parts(operation, counts)
    let expected = rank == root ? parts.total : counts[rank]
    precondition(count == expected, "\(count) elements where \(expected) were announced")
    return (parts.counts, parts.starts)
  }

  /// Returns all ranks' values one after another (section 5.7).
  public func allgather<T: MPIScalar>(_ values: [T], counts: [Int]) throws -> [T] {
    let parts = try parts("MPI_Allgatherv", counts, own: values.count)
    return try array(count: parts.total) { result in
      try values.withUnsafeBufferPointer { values in
        // int MPI_Allgatherv(const void *sendbuf, int sendcount, MPI_Datatype sendtype,
        //                    void *recvbuf, const int recvcounts[], const int displs[],
        //                    MPI_Datatype recvtype, MPI_Comm comm)
        try check(
          "MPI_Allgatherv",
          MPI_Allgatherv(
            values.address, parts.counts[rank], T.datatype.raw, result.address, parts.counts,
            parts.starts, T.datatype.raw, try raw("MPI_Allgatherv")))
      }
    }
  }

  /// Gathers in place the parts of `values`, one after another; each rank has written its own.
  public func allgather<T: MPIScalar>(
    inPlace values: UnsafeMutableBufferPointer<T>, counts: [Int]
  ) throws {
    let parts = try parts("MPI_Allgatherv", counts)
    precondition(
      values.count == parts.total,
      "\(values.count) elements where \(parts.total) were announced")
    try check(
      "MPI_Allgatherv",
      MPI_Allgatherv(
        srelu_in_place(), 0, T.datatype.raw, values.address, parts.counts, parts.starts,
        T.datatype.raw, try raw("MPI_Allgatherv")))
  }

  /// Returns this rank's part of `root`'s values, which lie one after another (section 5.6). Only
  /// `root`'s `values` are read.
  public func scatter<T: MPIScalar>(_ values: [T], counts: [Int], root: Int) throws -> [T] {
    requireRank(root, "root")
    let parts = try parts("MPI_Scatterv", counts)
    precondition(
      rank != root || values.count == parts.total,
      "\(values.count) elements where \(parts.total) were announced")
    return try array(count: counts[rank]) { result in
      try values.withUnsafeBufferPointer { values in
        // int MPI_Scatterv(const void *sendbuf, const int sendcounts[], const int displs[],
        //                  MPI_Datatype sendtype, void *recvbuf, int recvcount,
        //                  MPI_Datatype recvtype, int root, MPI_Comm comm)
        try check(
          "MPI_Scatterv",
          MPI_Scatterv(
            values.address, parts.counts, parts.starts, T.datatype.raw, result.address,
            parts.counts[rank], T.datatype.raw, Int32(root), try raw("MPI_Scatterv")))
      }
    }
  }

  /// Scatters in place: `root` keeps all parts; each other rank's `values` become its part.
  public func scatter<T: MPIScalar>(
    inPlace values: UnsafeMutableBufferPointer<T>, counts: [Int], root: Int
  ) throws {
    let parts = try wholeAtRoot("MPI_Scatterv", values.count, counts, root: root)
    let isRoot = rank == root
    try check(
      "MPI_Scatterv",
      MPI_Scatterv(
        isRoot ? values.address : nil, parts.counts, parts.starts, T.datatype.raw,
        isRoot ? srelu_in_place() : values.address, parts.counts[rank], T.datatype.raw,
        Int32(root), try raw("MPI_Scatterv")))
  }
}
