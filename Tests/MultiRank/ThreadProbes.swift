import Foundation
import MPI

let threadProbes = [
  Probe("threads: one sends to its own rank while another polls, up to 200 kB") { communicator in
    let rank = communicator.rank
    let lengths = (0..<200).map { 1 + $0 * 1009 % 200 * 1000 }
    try onThreads([
      {
        for (index, length) in lengths.enumerated() {
          try communicator.send(
            Samples<UInt8>.values(rank + index, count: length), to: rank, tag: index)
        }
      },
      {
        var index = 0
        while index < lengths.count {
          guard let message = try communicator.pollMessage(source: nil, tag: nil) else {
            usleep(20)
            continue
          }
          try expectEqual(message.tag, index, "tag")
          let values = try message.receive(as: UInt8.self)
          try expectElements(values, count: lengths[index], "message \(index)") {
            Samples.value(rank + index, $0)
          }
          index += 1
        }
      },
    ])
  },
  Probe("threads: sums on one communicator, messages on another, at once") { communicator in
    let (rank, size) = (communicator.rank, communicator.size)
    let (next, previous) = (communicator.next, communicator.previous)
    let sums = try communicator.duplicate()
    let messages = try communicator.duplicate()
    try onThreads([
      {
        for round in 0..<60 {
          let count = 1 + round * 331
          let sum = try sums.allreduce(Samples<Float>.values(rank, count: count), .sum)
          try expectElements(sum, count: count, "sum \(round)") { Samples.sum(size, $0) }
        }
      },
      {
        for round in 0..<60 {
          let count = 1 + round * 331
          let sent = try messages.startSend(
            Samples<Double>.values(rank + round, count: count), to: next, tag: round)
          let received: [Double] = try messages.receive(from: previous, tag: round)
          _ = try sent.wait()
          try expectElements(received, count: count, "message \(round)") {
            Samples.value(previous + round, $0)
          }
        }
      },
    ])
    try sums.free()
    try messages.free()
  },
  Probe("threads: sums on two communicators at once") { communicator in
    let (rank, size) = (communicator.rank, communicator.size)
    let communicators = [try communicator.duplicate(), try communicator.duplicate()]
    try onThreads(
      communicators.enumerated().map { (shift, own) in
        {
          for round in 0..<60 {
            let count = 7 + round * 101
            let sum = try own.allreduce(
              Samples<Int64>.values(rank, count: count).map { $0 * Int64(shift + 1) }, .sum)
            try expectElements(sum, count: count, "thread \(shift), sum \(round)") {
              Int64(shift + 1) * Samples<Int64>.sum(size, $0)
            }
          }
        }
      })
    for own in communicators { try own.free() }
  },
]
