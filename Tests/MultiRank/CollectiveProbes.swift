import Foundation
import MPI

let collectiveProbes = [
  Probe("barrier: what a rank wrote before is there after, for every rank in turn as the last") {
    communicator in
    let local = try communicator.splitByHost()
    let arrivals = try SharedWindow<Int32>(count: local.size, on: local)
    for round in 1...5 * local.size {
      if round % local.size == local.rank { usleep(2000) }
      arrivals.elements[local.rank] = Int32(round)
      try local.barrier()
      for rank in 0..<local.size {
        try expect(
          arrivals.elements[rank] >= round,
          "left barrier \(round) when rank \(rank) had not reached it")
      }
    }
    try arrivals.free()
    try local.free()
  },
  Probe("broadcast: every type, length and root") { communicator in
    for type in scalarTypes { try checkBroadcast(type, lengths, communicator) }
    try checkBroadcast(Float.self, [bigLength], communicator)
    try checkBroadcast(Double.self, [bigLength], communicator)
  },
  Probe("allreduce: every type, length and operation, returned and in place") { communicator in
    for type in scalarTypes { try checkAllreduce(type, lengths, communicator) }
    try checkAllreduce(Float.self, [bigLength], communicator)
    try checkAllreduce(Double.self, [bigLength], communicator)
  },
  Probe("reduce: every type, length, operation and root, returned and in place") { communicator in
    for type in scalarTypes { try checkReduce(type, lengths, communicator) }
    try checkReduce(Float.self, [bigLength], communicator, operations: [.sum])
  },
  Probe("reduceScatter: every type, length and operation, returned and in place") { communicator in
    for type in scalarTypes { try checkReduceScatter(type, lengths, communicator) }
    try checkReduceScatter(Float.self, [bigLength / communicator.size], communicator)
  },
]

private func checkBroadcast<T: ProbeScalar>(
  _ type: T.Type, _ lengths: [Int], _ communicator: Communicator
) throws {
  for root in 0..<communicator.size {
    for length in lengths {
      var values = Samples<T>.values(communicator.rank, count: length)
      try communicator.broadcast(&values, root: root)
      try expectElements(values, count: length, "\(T.self) from root \(root)") {
        Samples.value(root, $0)
      }
    }
    let value = try communicator.broadcast(Samples<T>.value(communicator.rank, 5), root: root)
    try expectEqual(value, Samples.value(root, 5), "one \(T.self) from root \(root)")
  }
}

private func checkAllreduce<T: ProbeScalar>(
  _ type: T.Type, _ lengths: [Int], _ communicator: Communicator
) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  for operation in ReduceOperation.allCases {
    for length in lengths {
      var values = Samples<T>.operands(operation, rank, count: length)
      let returned = try communicator.allreduce(values, operation)
      try values.withUnsafeMutableBufferPointer {
        try communicator.allreduce(inPlace: $0, operation)
      }
      let what = "\(operation) of \(T.self)"
      try expectElements(returned, count: length, what) { Samples.combined(operation, size, $0) }
      try expectElements(values, count: length, "\(what) in place") {
        Samples.combined(operation, size, $0)
      }
    }
    let one = try communicator.allreduce(Samples<T>.operand(operation, rank, 5), operation)
    try expectEqual(one, Samples.combined(operation, size, 5), "\(operation) of one \(T.self)")
  }
}

private func checkReduce<T: ProbeScalar>(
  _ type: T.Type, _ lengths: [Int], _ communicator: Communicator,
  operations: [ReduceOperation] = ReduceOperation.allCases
) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  for root in 0..<size {
    for operation in operations {
      for length in lengths {
        let what = "\(operation) of \(T.self) at root \(root)"
        var values = Samples<T>.operands(operation, rank, count: length)
        let returned = try communicator.reduce(values, operation, root: root)
        try values.withUnsafeMutableBufferPointer {
          try communicator.reduce(inPlace: $0, operation, root: root)
        }
        try expectEqual(returned != nil, rank == root, "\(what), whether there is a result")
        if let returned {
          try expectElements(returned, count: length, what) {
            Samples.combined(operation, size, $0)
          }
        }
        // The other ranks' values stay as they were.
        try expectElements(values, count: length, "\(what) in place") {
          rank == root
            ? Samples.combined(operation, size, $0) : Samples.operand(operation, rank, $0)
        }
      }
    }
  }
}

private func checkReduceScatter<T: ProbeScalar>(
  _ type: T.Type, _ lengths: [Int], _ communicator: Communicator
) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  for operation in ReduceOperation.allCases {
    // Bytes whose sums stay below 256: beyond, Open MPI's vectors saturate.
    let period = operation == .sum && T.self == UInt8.self ? 2 : Int.max
    for length in lengths {
      var values = (0..<length * size).map { Samples<T>.operand(operation, rank, $0 % period) }
      let returned = try communicator.reduceScatter(values, operation)
      try values.withUnsafeMutableBufferPointer {
        try communicator.reduceScatter(inPlace: $0, operation)
      }
      for (result, how) in [(returned, "returned"), (Array(values[..<length]), "in place")] {
        try expectElements(result, count: length, "\(operation) of \(T.self) \(how)") {
          Samples.combined(operation, size, (rank * length + $0) % period)
        }
      }
    }
  }
}
