import MPI

let communicatorProbes = [
  Probe("duplicate: same ranks, and messages that never meet") { communicator in
    let copy = try communicator.duplicate()
    try expectEqual(copy.rank, communicator.rank, "rank")
    try expectEqual(copy.size, communicator.size, "size")
    let (next, previous) = (communicator.next, communicator.previous)
    let first = try communicator.startSend([Int32(1)], to: next, tag: 1)
    let second = try copy.startSend([Int32(2)], to: next, tag: 1)
    // Received against the order in which they were sent.
    try expectEqual(try copy.receive(from: previous, tag: nil), [Int32(2)], "on the copy")
    let none = try copy.pollMessage(source: nil, tag: nil) == nil
    try expect(none, "a message crossed over to the copy")
    try expectEqual(
      try communicator.receive(from: previous, tag: nil), [Int32(1)], "on the original")
    _ = try first.wait()
    _ = try second.wait()
    try copy.free()
  },
  Probe("split: by parity") { communicator in
    let (rank, size) = (communicator.rank, communicator.size)
    let half = try part(of: communicator, color: rank % 2, key: rank)
    try expectEqual(half.rank, rank / 2, "rank")
    try expectEqual(half.size, (size + 1 - rank % 2) / 2, "size")
    let members = try half.allgather([Int64(rank)])
    try expectElements(members, count: half.size, "members") { Int64(2 * $0 + rank % 2) }
    try half.free()
  },
  Probe("split: every rank in turn takes no part") { communicator in
    let (rank, size) = (communicator.rank, communicator.size)
    for outsider in 0..<size {
      let made = try communicator.split(color: rank == outsider ? nil : 3, key: 0)
      try expectEqual(made == nil, rank == outsider, "whether rank \(rank) is left out")
      guard let made else { continue }
      // Equal keys keep the order.
      try expectEqual(made.rank, rank < outsider ? rank : rank - 1, "rank")
      try expectEqual(made.size, size - 1, "size")
      let sum = try made.allreduce(Int64(rank), .sum)
      try expectEqual(sum, Int64(size * (size - 1) / 2 - outsider), "sum of the members")
      try made.free()
    }
  },
  Probe("split: a falling key reverses the ranks") { communicator in
    let (rank, size) = (communicator.rank, communicator.size)
    let reversed = try part(of: communicator, color: 0, key: -rank)
    try expectEqual(reversed.size, size, "size")
    try expectEqual(reversed.rank, size - 1 - rank, "rank")
    let members = try reversed.allgather([Int32(rank)])
    try expectElements(members, count: size, "members") { Int32(size - 1 - $0) }
    try reversed.free()
  },
  Probe("subset: some ranks in an order of their own, without the others") { communicator in
    let (rank, size) = (communicator.rank, communicator.size)
    for count in 1...size {
      let members = Array((0..<count).reversed())
      guard let place = members.firstIndex(of: rank) else { continue }
      let made = try communicator.subset(members, tag: count)
      try expectEqual(made.rank, place, "rank")
      try expectEqual(made.size, count, "size")
      try expectElements(try made.allgather([Int64(rank)]), count: count, "members") {
        Int64(count - 1 - $0)
      }
      try made.free()
    }
  },
  Probe("splitByHost: the hosts' sizes add up, and the order stays") { communicator in
    let local = try communicator.splitByHost()
    let leaders = try communicator.allreduce(Int64(local.rank == 0 ? local.size : 0), .sum)
    try expectEqual(leaders, Int64(communicator.size), "sum of the hosts' sizes")
    let members = try local.allgather([Int64(communicator.rank)])
    try expectEqual(members, members.sorted(), "order of the host's ranks")
    try expectEqual(members[local.rank], Int64(communicator.rank), "this rank among them")
    try local.free()
  },
  Probe("free: a second time, and a use afterwards, is an error") { communicator in
    let copy = try communicator.duplicate()
    try copy.free()
    let error = try expectThrows(MPIError.self, "freed twice") { try copy.free() }
    try expectEqual(error.operation, "MPI_Comm_free", "operation")
    try expect(error.text.contains("freed before"), "text \"\(error.text)\"")
    for (operation, use) in usesOfFreed(copy) {
      let error = try expectThrows(MPIError.self, "\(operation) after free", use)
      try expectEqual(error.operation, operation, "operation")
      try expect(error.text.contains("freed before"), "text \"\(error.text)\"")
    }
    // The original still works.
    try communicator.barrier()
  },
  Probe("free: built-in communicators can't be freed") { communicator in
    for builtIn in [Communicator.world, .selfOnly] {
      let error = try expectThrows(MPIError.self, "free") { try builtIn.free() }
      try expectEqual(error.operation, "MPI_Comm_free", "operation")
      try expect(error.text.contains("belongs to MPI"), "text \"\(error.text)\"")
      try builtIn.barrier()
    }
  },
  Probe("communicators: hundreds made and freed") { communicator in
    for _ in 0..<300 {
      let copy = try communicator.duplicate()
      try copy.free()
    }
  },
]

private func part(of communicator: Communicator, color: Int, key: Int) throws -> Communicator {
  guard let part = try communicator.split(color: color, key: key) else {
    throw ProbeFailure("no communicator for color \(color)")
  }
  return part
}

private func usesOfFreed(_ freed: Communicator) -> [(String, () throws -> Void)] {
  let values = [Float(1)]
  let counts = [Int](repeating: 1, count: freed.size)
  return [
    ("MPI_Barrier", { try freed.barrier() }),
    ("MPI_Bcast", { _ = try freed.broadcast(Float(1), root: 0) }),
    ("MPI_Allreduce", { _ = try freed.allreduce(values, .sum) }),
    ("MPI_Reduce", { _ = try freed.reduce(values, .sum, root: 0) }),
    ("MPI_Gather", { _ = try freed.gather(values, root: 0) }),
    ("MPI_Allgather", { _ = try freed.allgather(values) }),
    ("MPI_Scatter", { _ = try freed.scatter([], count: 0, root: 0) as [Float] }),
    ("MPI_Gatherv", { _ = try freed.gather(values, counts: counts, root: 0) }),
    ("MPI_Allgatherv", { _ = try freed.allgather(values, counts: counts) }),
    ("MPI_Iallreduce", { _ = try freed.startAllreduce(values, .sum) }),
    ("MPI_Ibarrier", { _ = try freed.startBarrier() }),
    ("MPI_Send", { try freed.send(values, to: 0, tag: 1) }),
    ("MPI_Isend", { _ = try freed.startSend(values, to: 0, tag: 1) }),
    ("MPI_Sendrecv", { _ = try freed.sendReceive(values, to: 0, from: 0, tag: 1) }),
    ("MPI_Mprobe", { let _: [Float] = try freed.receive(from: 0, tag: 1) }),
    ("MPI_Improbe", { _ = try freed.pollMessage(source: nil, tag: nil) }),
    ("MPI_Comm_dup", { _ = try freed.duplicate() }),
    ("MPI_Comm_split", { _ = try freed.split(color: 0, key: 0) }),
    ("MPI_Comm_split_type", { _ = try freed.splitByHost() }),
  ]
}
