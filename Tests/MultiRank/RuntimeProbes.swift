import MPI

let runtimeProbes = [
  Probe("runtime: initialised once, not finalised") { _ in
    try expect(MPIRuntime.isInitialized, "MPI says it is not initialised")
    try expect(!MPIRuntime.isFinalized, "MPI says it is finalised")
    let error = try expectThrows(MPIError.self, "a second initialisation") {
      try MPIRuntime.initialize(requiring: .single)
    }
    try expectEqual(error.operation, "MPI_Init_thread", "operation of the error")
  },
  Probe("runtime: library and host have names") { _ in
    let version = MPIRuntime.libraryVersion
    try expect(version.contains("MPI"), "library version \"\(version)\"")
    try expect(version.contains { $0.isNumber }, "library version \"\(version)\"")
    try expect(!version.contains("\0"), "library version with a zero byte")
    let host = try MPIRuntime.processorName()
    try expect(!host.isEmpty && !host.contains("\0"), "host \"\(host)\"")
  },
  Probe("world: ranks are 0 to size - 1, each once") { communicator in
    let size = communicator.size
    var mark = [Int64](repeating: 0, count: size)
    mark[communicator.rank] = Int64(communicator.rank + 1)
    let marks = try communicator.allreduce(mark, .sum)
    try expectElements(marks, count: size, "marks") { Int64($0 + 1) }
    try expectEqual(Communicator.world.size, size, "size of world")
    try expectEqual(Communicator.world.rank, communicator.rank, "rank in world")
    try expectEqual(Communicator.selfOnly.size, 1, "size of self")
    try expectEqual(try Communicator.selfOnly.allreduce(Int64(size), .sum), Int64(size), "self")
  },
  Probe("errors: more elements than MPI counts are refused before anything is sent") {
    communicator in
    // Nobody reads or writes what lies beyond the one byte.
    var byte: UInt8 = 0
    try withUnsafeMutablePointer(to: &byte) { start in
      let tooMany = UnsafeMutableBufferPointer(start: start, count: 1 << 31)
      let calls: [(String, () throws -> Void)] = [
        ("MPI_Bcast", { try communicator.broadcast(tooMany, root: 0) }),
        ("MPI_Allreduce", { try communicator.allreduce(inPlace: tooMany, .sum) }),
        ("MPI_Reduce", { try communicator.reduce(inPlace: tooMany, .sum, root: 0) }),
        ("MPI_Send", { try communicator.send(UnsafeBufferPointer(tooMany), to: 0, tag: 1) }),
        ("MPI_Recv", { try communicator.receive(into: tooMany, from: 0, tag: 1) }),
      ]
      for (operation, call) in calls {
        let error = try expectThrows(MPIError.self, operation, call)
        try expectEqual(error.operation, operation, "operation")
        try expectEqual(error.code, 0, "code of a refusal")
        try expect(error.text.contains("2147483648 elements"), "text \"\(error.text)\"")
        try expectEqual(error.description, "\(operation): \(error.text)", "description")
      }
    }
  },
]
