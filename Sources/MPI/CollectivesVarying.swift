import CMPI

// Collective operations over parts of different lengths (MPI 3.1, chapter 5). `counts` has one
// length per rank, the same on every rank that reads it.
extension Communicator {
  private func requireCounts(_ counts: [Int], own: Int) {
    precondition(counts.count == size, "\(counts.count) lengths for \(size) ranks")
    precondition(counts[rank] == own, "\(own) elements where \(counts[rank]) were announced")
  }

  /// All ranks' values one after another, at `root`; nil on the others (section 5.5).
  ///
  /// - Throws: `MPIError`.
  public func gather<T: MPIScalar>(_ values: [T], counts: [Int], root: Int) throws -> [T]? {
    requireRank(root, "root")
    requireCounts(counts, own: values.count)
    let parts = try displacements("MPI_Gatherv", counts)
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

  /// Gathers in place at `root`, which has written its own part of `values`, where all parts lie one
  /// after another, and receives the others. The other ranks' `values` are their parts and stay as
  /// they are.
  ///
  /// - Throws: `MPIError`.
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

  /// The parts, where `root` has all of them and every other rank its own.
  private func wholeAtRoot(
    _ operation: StaticString, _ count: Int, _ counts: [Int], root: Int
  ) throws -> (counts: [Int32], starts: [Int32]) {
    requireRank(root, "root")
    precondition(counts.count == size, "\(counts.count) lengths for \(size) ranks")
    let parts = try displacements(operation, counts)
    let expected = rank == root ? parts.total : counts[rank]
    precondition(count == expected, "\(count) elements where \(expected) were announced")
    return (parts.counts, parts.starts)
  }

  /// All ranks' values one after another, on every rank (section 5.7).
  ///
  /// - Throws: `MPIError`.
  public func allgather<T: MPIScalar>(_ values: [T], counts: [Int]) throws -> [T] {
    requireCounts(counts, own: values.count)
    let parts = try displacements("MPI_Allgatherv", counts)
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

  /// Gathers in place: each rank has written its own part of `values`, where all parts lie one after
  /// another, and receives the others.
  ///
  /// - Throws: `MPIError`.
  public func allgather<T: MPIScalar>(
    inPlace values: UnsafeMutableBufferPointer<T>, counts: [Int]
  ) throws {
    precondition(counts.count == size, "\(counts.count) lengths for \(size) ranks")
    let parts = try displacements("MPI_Allgatherv", counts)
    precondition(
      values.count == parts.total,
      "\(values.count) elements where \(parts.total) were announced")
    try check(
      "MPI_Allgatherv",
      MPI_Allgatherv(
        srelu_in_place(), 0, T.datatype.raw, values.address, parts.counts, parts.starts,
        T.datatype.raw, try raw("MPI_Allgatherv")))
  }

  /// Each rank's part of `root`'s values, which lie one after another (section 5.6). Only `root`'s
  /// `values` are read.
  ///
  /// - Throws: `MPIError`.
  public func scatter<T: MPIScalar>(_ values: [T], counts: [Int], root: Int) throws -> [T] {
    requireRank(root, "root")
    precondition(counts.count == size, "\(counts.count) lengths for \(size) ranks")
    let parts = try displacements("MPI_Scatterv", counts)
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

  /// Scatters in place: `root` keeps the whole, whose parts lie one after another, as it is; each
  /// other rank's `values` become its part.
  ///
  /// - Throws: `MPIError`.
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
