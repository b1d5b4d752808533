import MPI

let gatherProbes = [
  Probe("gather: every type, length and root, returned and in place") { communicator in
    for type in scalarTypes { try checkGather(type, lengths, communicator) }
    try checkGather(Float.self, [bigLength / communicator.size], communicator)
  },
  Probe("allgather: every type and length, returned and in place") { communicator in
    for type in scalarTypes { try checkAllgather(type, lengths, communicator) }
    try checkAllgather(Double.self, [bigLength / communicator.size], communicator)
  },
  Probe("scatter: every type, length and root, returned and in place") { communicator in
    for type in scalarTypes { try checkScatter(type, lengths, communicator) }
    try checkScatter(Float.self, [bigLength / communicator.size], communicator)
  },
  Probe("gather with lengths: every type and root, returned and in place") { communicator in
    for type in scalarTypes { try checkVaryingGather(type, communicator) }
  },
  Probe("allgather with lengths: every type, returned and in place") { communicator in
    for type in scalarTypes { try checkVaryingAllgather(type, communicator) }
  },
  Probe("scatter with lengths: every type and root, returned and in place") { communicator in
    for type in scalarTypes { try checkVaryingScatter(type, communicator) }
  },
]

/// A whole that has nothing but one part yet; no sample is 0.
private func placed<T: ProbeScalar>(_ part: [T], at start: Int, of count: Int) -> [T] {
  var values = [T](repeating: 0, count: count)
  values.replaceSubrange(start..<start + part.count, with: part)
  return values
}

private func checkGather<T: ProbeScalar>(
  _ type: T.Type, _ lengths: [Int], _ communicator: Communicator
) throws {
  for root in 0..<communicator.size {
    for length in lengths {
      let what = "\(T.self) at root \(root)"
      let whole = length * communicator.size
      let own = Samples<T>.values(communicator.rank, count: length)
      let gathered = try communicator.gather(own, root: root)
      var values =
        communicator.rank == root ? placed(own, at: root * length, of: whole) : own
      try values.withUnsafeMutableBufferPointer { try communicator.gather(inPlace: $0, root: root) }
      try expectEqual(gathered != nil, communicator.rank == root, "\(what), whether a result")
      guard let gathered else {
        try expectEqual(values, own, "\(what), elsewhere in place")
        continue
      }
      for (result, how) in [(gathered, ""), (values, " in place")] {
        try expectElements(result, count: whole, what + how) {
          Samples.value($0 / length, $0 % length)
        }
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
    var values = placed(own, at: rank * length, of: length * size)
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
      var place = rank == root ? values : [T](repeating: 0, count: length)
      try place.withUnsafeMutableBufferPointer { try communicator.scatter(inPlace: $0, root: root) }
      let start = rank == root ? 0 : rank * length
      try expectElements(
        place, count: rank == root ? length * size : length, "\(T.self) from root \(root) in place"
      ) { Samples.value(root, start + $0) }
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

private func expectAllParts<T: ProbeScalar>(
  _ found: [T], _ counts: [Int], _ what: @autoclosure () -> String
) throws {
  try expectElements(found, count: counts.reduce(0, +), what()) {
    let origin = origin($0, counts)
    return Samples.value(origin.rank, origin.index)
  }
}

private func checkVaryingGather<T: ProbeScalar>(
  _ type: T.Type, _ communicator: Communicator
) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  for counts in varyingCounts(size) {
    let (start, whole) = (counts[..<rank].reduce(0, +), counts.reduce(0, +))
    for root in 0..<size {
      let what = "\(T.self) at root \(root), lengths \(counts)"
      let own = Samples<T>.values(rank, count: counts[rank])
      let gathered = try communicator.gather(own, counts: counts, root: root)
      var values = rank == root ? placed(own, at: start, of: whole) : own
      try values.withUnsafeMutableBufferPointer {
        try communicator.gather(inPlace: $0, counts: counts, root: root)
      }
      try expectEqual(gathered != nil, rank == root, "\(what), whether a result")
      guard let gathered else {
        try expectEqual(values, own, "\(what), elsewhere in place")
        continue
      }
      try expectAllParts(gathered, counts, what)
      try expectAllParts(values, counts, "\(what) in place")
    }
  }
}

private func checkVaryingAllgather<T: ProbeScalar>(
  _ type: T.Type, _ communicator: Communicator
) throws {
  let rank = communicator.rank
  for counts in varyingCounts(communicator.size) {
    let (start, whole) = (counts[..<rank].reduce(0, +), counts.reduce(0, +))
    let own = Samples<T>.values(rank, count: counts[rank])
    let gathered = try communicator.allgather(own, counts: counts)
    try expectAllParts(gathered, counts, "\(T.self), lengths \(counts)")
    var values = placed(own, at: start, of: whole)
    try values.withUnsafeMutableBufferPointer {
      try communicator.allgather(inPlace: $0, counts: counts)
    }
    try expectAllParts(values, counts, "\(T.self), lengths \(counts), in place")
  }
}

private func checkVaryingScatter<T: ProbeScalar>(
  _ type: T.Type, _ communicator: Communicator
) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  for counts in varyingCounts(size) {
    let (start, whole) = (counts[..<rank].reduce(0, +), counts.reduce(0, +))
    for root in 0..<size {
      let what = "\(T.self) from \(root), lengths \(counts)"
      let values = rank == root ? Samples<T>.values(root, count: whole) : []
      let part = try communicator.scatter(values, counts: counts, root: root)
      try expectElements(part, count: counts[rank], what) { Samples.value(root, start + $0) }
      var place = rank == root ? values : [T](repeating: 0, count: counts[rank])
      try place.withUnsafeMutableBufferPointer {
        try communicator.scatter(inPlace: $0, counts: counts, root: root)
      }
      let first = rank == root ? 0 : start
      try expectElements(place, count: rank == root ? whole : counts[rank], "\(what), in place") {
        Samples.value(root, first + $0)
      }
    }
  }
}
