import MPI

let gatherProbes = [
  Probe("gather: every type, length and root") { communicator in
    for type in scalarTypes { try checkGather(type, lengths, communicator) }
    try checkGather(Float.self, [bigLength / communicator.size], communicator)
  },
  Probe("allgather: every type and length, returned and in place") { communicator in
    for type in scalarTypes { try checkAllgather(type, lengths, communicator) }
    try checkAllgather(Double.self, [bigLength / communicator.size], communicator)
  },
  Probe("scatter: every type, length and root") { communicator in
    for type in scalarTypes { try checkScatter(type, lengths, communicator) }
    try checkScatter(Float.self, [bigLength / communicator.size], communicator)
  },
  Probe("gather with lengths: every type and root") { communicator in
    for type in scalarTypes { try checkVaryingGather(type, communicator) }
  },
  Probe("allgather with lengths: every type") { communicator in
    for type in scalarTypes { try checkVaryingAllgather(type, communicator) }
  },
  Probe("scatter with lengths: every type and root") { communicator in
    for type in scalarTypes { try checkVaryingScatter(type, communicator) }
  },
]

private func checkGather<T: ProbeScalar>(
  _ type: T.Type, _ lengths: [Int], _ communicator: Communicator
) throws {
  for root in 0..<communicator.size {
    for length in lengths {
      let what = "\(T.self) at root \(root)"
      let own = Samples<T>.values(communicator.rank, count: length)
      let gathered = try communicator.gather(own, root: root)
      try expectEqual(gathered != nil, communicator.rank == root, "\(what), whether a result")
      guard let gathered else { continue }
      try expectElements(gathered, count: length * communicator.size, what) {
        Samples.value($0 / length, $0 % length)
      }
    }
  }
}

private func checkAllgather<T: ProbeScalar>(
  _ type: T.Type, _ lengths: [Int], _ communicator: Communicator
) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  for length in lengths {
    let own = Samples<T>.values(rank, count: length)
    let gathered = try communicator.allgather(own)
    try expectElements(gathered, count: length * size, "\(T.self)") {
      Samples.value($0 / length, $0 % length)
    }
    var values = [T](repeating: 0, count: length * size)
    values.replaceSubrange(rank * length..<(rank + 1) * length, with: own)
    try values.withUnsafeMutableBufferPointer { try communicator.allgather(inPlace: $0) }
    try expectElements(values, count: length * size, "\(T.self) in place") {
      Samples.value($0 / length, $0 % length)
    }
  }
}

private func checkScatter<T: ProbeScalar>(
  _ type: T.Type, _ lengths: [Int], _ communicator: Communicator
) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  for root in 0..<size {
    for length in lengths {
      let values = rank == root ? Samples<T>.values(root, count: length * size) : []
      let part = try communicator.scatter(values, count: length, root: root)
      try expectElements(part, count: length, "\(T.self) from root \(root)") {
        Samples.value(root, rank * length + $0)
      }
    }
  }
}

/// Lengths that grow away from one rank, which has none, for each rank in turn; and odd ones.
private func varyingCounts(_ size: Int) -> [[Int]] {
  let withoutOne = (0..<size).map { none in (0..<size).map { 3 * abs($0 - none) } }
  return withoutOne + [(0..<size).map { 2 * $0 + 1 }]
}

/// Which rank an element came from and where it was there, when parts lie one after another.
private func origin(_ index: Int, _ counts: [Int]) -> (rank: Int, index: Int) {
  var (rank, index) = (0, index)
  while index >= counts[rank] {
    index -= counts[rank]
    rank += 1
  }
  return (rank, index)
}

private func checkVaryingGather<T: ProbeScalar>(
  _ type: T.Type, _ communicator: Communicator
) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  for counts in varyingCounts(size) {
    for root in 0..<size {
      let what = "\(T.self) at root \(root), lengths \(counts)"
      let own = Samples<T>.values(rank, count: counts[rank])
      let gathered = try communicator.gather(own, counts: counts, root: root)
      try expectEqual(gathered != nil, rank == root, "\(what), whether a result")
      guard let gathered else { continue }
      try expectElements(gathered, count: counts.reduce(0, +), what) {
        let origin = origin($0, counts)
        return Samples.value(origin.rank, origin.index)
      }
    }
  }
}

private func checkVaryingAllgather<T: ProbeScalar>(
  _ type: T.Type, _ communicator: Communicator
) throws {
  for counts in varyingCounts(communicator.size) {
    let own = Samples<T>.values(communicator.rank, count: counts[communicator.rank])
    let gathered = try communicator.allgather(own, counts: counts)
    try expectElements(gathered, count: counts.reduce(0, +), "\(T.self), lengths \(counts)") {
      let origin = origin($0, counts)
      return Samples.value(origin.rank, origin.index)
    }
  }
}

private func checkVaryingScatter<T: ProbeScalar>(
  _ type: T.Type, _ communicator: Communicator
) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  for counts in varyingCounts(size) {
    let start = counts[..<rank].reduce(0, +)
    for root in 0..<size {
      let values = rank == root ? Samples<T>.values(root, count: counts.reduce(0, +)) : []
      let part = try communicator.scatter(values, counts: counts, root: root)
      try expectElements(part, count: counts[rank], "\(T.self) from \(root), lengths \(counts)") {
        Samples.value(root, start + $0)
      }
    }
  }
}
