import Foundation
import MPI

let matchingProbes = [
  Probe("matchedProbe: by source and tag, in another order than sent") { communicator in
    let (rank, size) = (communicator.rank, communicator.size)
    // Tag t carries t + rank + 1 elements.
    let requests = try (0..<size).flatMap { other in
      try [1, 2, 3].map { tag in
        try communicator.startSend(
          Samples<Int32>.values(rank, count: tag + rank + 1), to: other, tag: tag)
      }
    }
    for source in (0..<size).reversed() {
      for tag in [2, 3, 1] {
        let message = try communicator.matchedProbe(source: source, tag: tag)
        try expectEqual(message.source, source, "source")
        try expectEqual(message.tag, tag, "tag")
        try expectEqual(message.byteCount, 4 * (tag + source + 1), "bytes")
        let values = try message.receive(as: Int32.self)
        try expectElements(values, count: tag + source + 1, "from \(source), tag \(tag)") {
          Samples.value(source, $0)
        }
      }
    }
    for request in requests { _ = try request.wait() }
  },
  Probe("matchedProbe: any source and any tag, every message once") { communicator in
    let (rank, size) = (communicator.rank, communicator.size)
    let requests = try (0..<size).map { other in
      try communicator.startSend(
        Samples<UInt64>.values(rank, count: rank), to: other, tag: 10 + rank)
    }
    var seen = Set<Int>()
    for _ in 0..<size {
      let message = try communicator.matchedProbe(source: nil, tag: nil)
      let (source, tag) = (message.source, message.tag)
      try expectEqual(tag, 10 + source, "tag of the message from rank \(source)")
      try expect(seen.insert(source).inserted, "two messages from rank \(source)")
      let values = try message.receive(as: UInt64.self)
      try expectElements(values, count: source, "from rank \(source)") {
        Samples.value(source, $0)
      }
    }
    for request in requests { _ = try request.wait() }
    let left = try communicator.pollMessage(source: nil, tag: nil) == nil
    try expect(left, "a message is left")
  },
  Probe("matchedProbe: messages of one sender and tag keep their order") { communicator in
    let requests = try (0..<50).map {
      try communicator.startSend([Int64($0)], to: communicator.next, tag: 1)
    }
    for index in 0..<50 {
      let values: [Int64] = try communicator.receive(from: communicator.previous, tag: nil)
      try expectEqual(values, [Int64(index)], "message \(index)")
    }
    for request in requests { _ = try request.wait() }
  },
  Probe("pollMessage: nil before a message is sent, then the message") { communicator in
    let (rank, next, previous) = (communicator.rank, communicator.next, communicator.previous)
    let early = try communicator.pollMessage(source: nil, tag: 8) == nil
    try expect(early, "a message that nobody sent")
    // Only now may the previous rank send.
    let go = try communicator.startSend([UInt8](), to: previous, tag: 7)
    let _: [UInt8] = try communicator.receive(from: next, tag: 7)
    let request = try communicator.startSend(
      Samples<Float>.values(rank, count: 7), to: next, tag: 8)
    let other = try communicator.pollMessage(source: previous, tag: 9) == nil
    try expect(other, "a message with another tag")
    while true {
      guard let message = try communicator.pollMessage(source: previous, tag: 8) else {
        usleep(50)
        continue
      }
      let values = try message.receive(as: Float.self)
      try expectElements(values, count: 7, "message") { Samples.value(previous, $0) }
      break
    }
    _ = try go.wait()
    _ = try request.wait()
    let again = try communicator.pollMessage(source: nil, tag: nil) == nil
    try expect(again, "the message came twice")
  },
  Probe("messages: MPI counts as many bytes as each type's elements have") { communicator in
    for type in scalarTypes { try checkByteCount(type, communicator) }
  },
  Probe("receive: a length that is no whole number of elements is refused, and frees its sender") {
    communicator in
    // MPI copies the short one ahead; the sender of the long one waits for its receiver.
    for length in [7, bigLength] {
      let bytes = Samples<UInt8>.values(communicator.rank, count: length)
      let request = try communicator.startSend(bytes, to: communicator.next, tag: 1)
      let error = try expectThrows(MPIError.self, "\(length) bytes as Int32") {
        let _: [Int32] = try communicator.receive(from: communicator.previous, tag: 1)
      }
      try expectEqual(error.code, 0, "code of a refusal")
      try expect(error.text.contains("\(length) bytes"), "text \"\(error.text)\"")
      _ = try request.wait()
    }
  },
]

private func checkByteCount<T: ProbeScalar>(_ type: T.Type, _ communicator: Communicator) throws {
  let request = try communicator.startSend(
    Samples<T>.values(communicator.rank, count: 7), to: communicator.next, tag: 1)
  let message = try communicator.matchedProbe(source: communicator.previous, tag: 1)
  try expectEqual(message.byteCount, 7 * MemoryLayout<T>.stride, "bytes of 7 \(T.self)")
  let bytes = try message.receive(as: UInt8.self)
  _ = try request.wait()
  let expected = Samples<T>.values(communicator.previous, count: 7).withUnsafeBytes { Array($0) }
  try expectEqual(bytes, expected, "the bytes of 7 \(T.self)")
}
