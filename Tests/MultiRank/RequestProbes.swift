import Foundation
import MPI

let requestProbes = [
  Probe("startAllreduce: every type, length and operation, finished by wait") { communicator in
    for type in scalarTypes { try checkStartedAllreduce(type, lengths, communicator) }
    try checkStartedAllreduce(Float.self, [bigLength], communicator)
  },
  Probe("startAllreduce: three at once, finished by test in reverse order") { communicator in
    let (rank, size) = (communicator.rank, communicator.size)
    let operations: [ReduceOperation] = [.sum, .min, .max]
    let requests = try operations.map {
      try communicator.startAllreduce(Samples<Double>.values(rank, count: 1001), $0)
    }
    for (request, operation) in zip(requests, operations).reversed() {
      while try !request.test() { usleep(50) }
      try expect(try request.test(), "\(operation): finished, then not")
      try expectElements(try request.wait(), count: 1001, "\(operation)") {
        Samples.combined(operation, size, $0)
      }
    }
  },
  Probe("sleepyBarrier: what a rank wrote before is there after, for every rank as the last") {
    communicator in
    let local = try communicator.splitByHost()
    let arrivals = try SharedWindow<Int32>(count: local.size, on: local)
    for round in 1...local.size {
      if round % local.size == local.rank { usleep(5000) }
      arrivals.elements[local.rank] = Int32(round)
      try local.sleepyBarrier(pollInterval: .microseconds(200))
      for rank in 0..<local.size {
        try expect(
          arrivals.elements[rank] >= round,
          "left barrier \(round) when rank \(rank) had not reached it")
      }
    }
    try arrivals.free()
    try local.free()
  },
  Probe("startBarrier: unfinished until the last rank starts it", minimumRanks: 2) { communicator in
    for last in 0..<communicator.size {
      if communicator.rank == last {
        // Every other rank has found its barrier unfinished before this one starts its own.
        for _ in 1..<communicator.size {
          let finished: [UInt8] = try communicator.receive(from: nil, tag: last)
          try expectEqual(finished, [0], "a barrier that rank \(last) had not started")
        }
        _ = try communicator.startBarrier().wait()
      } else {
        let request = try communicator.startBarrier()
        var finished: UInt8 = 0
        for _ in 0..<20 where try request.test() { finished = 1 }
        try communicator.send([finished], to: last, tag: last)
        while try !request.test() { usleep(50) }
      }
    }
  },
]

private func checkStartedAllreduce<T: ProbeScalar>(
  _ type: T.Type, _ lengths: [Int], _ communicator: Communicator
) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  for operation in ReduceOperation.allCases {
    for length in lengths {
      let operands = Samples<T>.operands(operation, rank, count: length)
      let request = try communicator.startAllreduce(operands, operation)
      let first = try request.wait()
      try expectElements(first, count: length, "\(operation) of \(T.self)") {
        Samples.combined(operation, size, $0)
      }
      try expectEqual(try request.wait(), first, "\(operation) of \(T.self), waited for again")
    }
  }
}
