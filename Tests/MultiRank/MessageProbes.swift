import MPI

let messageProbes = [
  Probe("send and receive: every type and length around a ring") { communicator in
    for type in scalarTypes { try checkRing(type, lengths, communicator) }
    try checkRing(Float.self, [bigLength], communicator)
  },
  Probe("send and receive: every rank to every other", minimumRanks: 2) { communicator in
    let (rank, size) = (communicator.rank, communicator.size)
    for other in 0..<size where other != rank {
      let values = Samples<Int32>.values(rank, count: other + 1)
      if rank < other {
        try communicator.send(values, to: other, tag: other)
      }
      let received: [Int32] = try communicator.receive(from: other, tag: rank)
      if rank > other {
        try communicator.send(values, to: other, tag: other)
      }
      try expectElements(received, count: rank + 1, "from rank \(other)") {
        Samples.value(other, $0)
      }
    }
  },
  Probe("receive(into:): a shorter message leaves the rest alone") { communicator in
    let request = try communicator.startSend(
      Samples<Double>.values(communicator.rank, count: 7), to: communicator.next, tag: 4)
    var values = [Double](repeating: -0.5, count: 10)
    let count = try values.withUnsafeMutableBufferPointer {
      try communicator.receive(into: $0, from: communicator.previous, tag: 4)
    }
    _ = try request.wait()
    try expectEqual(count, 7, "elements received")
    try expectElements(values, count: 10, "buffer") {
      $0 < 7 ? Samples.value(communicator.previous, $0) : -0.5
    }
  },
  Probe("receive(into:): a longer message is an error in MPI's words") { communicator in
    let request = try communicator.startSend(
      Samples<Int64>.values(communicator.rank, count: 9), to: communicator.next, tag: 5)
    var values = [Int64](repeating: 0, count: 5)
    let error = try expectThrows(MPIError.self, "9 elements into 5") {
      try values.withUnsafeMutableBufferPointer {
        try communicator.receive(into: $0, from: communicator.previous, tag: 5)
      }
    }
    _ = try request.wait()
    try expectEqual(error.operation, "MPI_Recv", "operation")
    try expect(error.code != 0, "no code in \(error)")
    try expect(error.text.contains("MPI_ERR_TRUNCATE"), "text \"\(error.text)\"")
    try expect(error.text.contains("truncated"), "text \"\(error.text)\"")
    try expectEqual(
      error.description, "MPI_Recv: \(error.text) (MPI error \(error.code))", "description")
    // The communicator still works.
    try checkRing(Int64.self, [3], communicator)
  },
  Probe("send: a tag that is out of range is an error that names the call") { communicator in
    let error = try expectThrows(MPIError.self, "tag -7") {
      try communicator.send([Int32(1)], to: communicator.rank, tag: -7)
    }
    try expectEqual(error.operation, "MPI_Send", "operation")
    try expect(error.text.contains("MPI_ERR_TAG"), "text \"\(error.text)\"")
  },
  Probe("sendReceive: both directions around the ring, every type and length") { communicator in
    for type in scalarTypes { try checkSendReceive(type, lengths, communicator) }
    try checkSendReceive(Float.self, [bigLength], communicator)
  },
  Probe("sendReceive: a shorter message comes back shorter") { communicator in
    let rank = communicator.rank
    let longest = communicator.size
    // Each rank may receive as many as it sends, so that only a decreasing ring is allowed.
    guard rank > 0 || longest == 1 else {
      try communicator.send(Samples<UInt64>.values(0, count: 1), to: communicator.next, tag: 6)
      let last: [UInt64] = try communicator.receive(from: communicator.previous, tag: 6)
      return try expectElements(last, count: longest, "rank 0") { Samples.value(longest - 1, $0) }
    }
    let received = try communicator.sendReceive(
      Samples<UInt64>.values(rank, count: rank + 1), to: communicator.next,
      from: communicator.previous, tag: 6)
    let expected = longest == 1 ? 1 : rank
    try expectElements(received, count: expected, "rank \(rank)") {
      Samples.value(communicator.previous, $0)
    }
  },
]

extension Communicator {
  /// The rank after this one, around the ring.
  var next: Int { (rank + 1) % size }
  /// The rank before this one, around the ring.
  var previous: Int { (rank + size - 1) % size }
}

private func checkRing<T: ProbeScalar>(
  _ type: T.Type, _ lengths: [Int], _ communicator: Communicator
) throws {
  for length in lengths {
    let values = Samples<T>.values(communicator.rank, count: length)
    let received: [T]
    if communicator.size == 1 {
      let request = try communicator.startSend(values, to: 0, tag: 1)
      received = try communicator.receive(from: 0, tag: 1)
      _ = try request.wait()
    } else if communicator.rank == 0 {
      try communicator.send(values, to: communicator.next, tag: 1)
      received = try communicator.receive(from: communicator.previous, tag: 1)
    } else {
      received = try communicator.receive(from: communicator.previous, tag: 1)
      try communicator.send(values, to: communicator.next, tag: 1)
    }
    try expectElements(received, count: length, "\(T.self)") {
      Samples.value(communicator.previous, $0)
    }
  }
}

private func checkSendReceive<T: ProbeScalar>(
  _ type: T.Type, _ lengths: [Int], _ communicator: Communicator
) throws {
  let (next, previous) = (communicator.next, communicator.previous)
  for length in lengths {
    let values = Samples<T>.values(communicator.rank, count: length)
    for (to, from) in [(next, previous), (previous, next)] {
      let received = try communicator.sendReceive(values, to: to, from: from, tag: 2)
      try expectElements(received, count: length, "\(T.self) from rank \(from)") {
        Samples.value(from, $0)
      }
    }
  }
}
