import Foundation
import MPI
import Synchronization

private struct Parcel: Codable, Equatable {
  let name: String
  let rank: Int
  let weights: [Double]
  let note: String?
  let inner: [String: Bool]

  init(_ rank: Int) {
    name = "rank \(rank) – ünïcode \"quoted\"\n"
    self.rank = rank
    weights = (0..<rank).map { Double($0) + 0.1 }
    note = rank % 2 == 0 ? nil : "odd"
    inner = ["first": rank == 0]
  }
}

private enum Shape: Codable, Equatable {
  case point
  case circle(radius: Double)
}

/// A string of a length that the rank decides, up to a megabyte and a bit.
private func text(_ rank: Int, count: Int) -> String {
  String(repeating: "\(rank % 10)", count: count - 1) + "é"
}

let codableProbes = [
  Probe("messages: values of many kinds around the ring") { communicator in
    let (rank, previous) = (communicator.rank, communicator.previous)
    try passAround(Parcel(rank), Parcel(previous), communicator)
    try passAround(
      Shape.circle(radius: Double(rank)), .circle(radius: Double(previous)), communicator)
    try passAround(Shape.point, .point, communicator)
    try passAround(Int?.none, nil, communicator)
    try passAround(Int?.some(rank), previous, communicator)
    try passAround([Parcel](), [], communicator)
    try passAround("", "", communicator)
    try passAround(rank, previous, communicator)
    try passAround(
      text(rank, count: 1_000_000), text(previous, count: 1_000_000), communicator)
  },
  Probe("messages: broadcast from every rank") { communicator in
    for root in 0..<communicator.size {
      let parcel = try communicator.broadcast(message: Parcel(communicator.rank), root: root)
      try expectEqual(parcel, Parcel(root), "from rank \(root)")
      let long = try communicator.broadcast(
        message: text(communicator.rank, count: 1 + communicator.rank * 30_000), root: root)
      try expectEqual(long, text(root, count: 1 + root * 30_000), "from rank \(root)")
      let none = try communicator.broadcast(message: Int?.none, root: root)
      try expectEqual(none, nil, "from rank \(root)")
    }
  },
  Probe("messages: gather different lengths at every rank") { communicator in
    let (rank, size) = (communicator.rank, communicator.size)
    for root in 0..<size {
      let texts = try communicator.gather(
        message: text(rank, count: 1 + rank * 20_000), root: root)
      try expectElements(texts, count: rank == root ? size : 0, "texts at \(root)") {
        text($0, count: 1 + $0 * 20_000)
      }
      let parcels = try communicator.gather(message: Parcel(rank), root: root)
      try expectElements(parcels, count: rank == root ? size : 0, "parcels at \(root)") {
        Parcel($0)
      }
    }
  },
  Probe("messages: another type than was sent is refused, and the next one arrives") {
    communicator in
    let (rank, next, previous) = (communicator.rank, communicator.next, communicator.previous)
    try expectThrows(DecodingError.self, "a string as a parcel") {
      try pass("not a parcel", as: Parcel.self, communicator)
    }
    // Bytes that are no JSON.
    let request = try communicator.startSend([UInt8](repeating: 0xFF, count: 5), to: next, tag: 2)
    try expectThrows(DecodingError.self, "five bytes as a number") {
      try communicator.receive(message: Int.self, from: previous, tag: 2)
    }
    _ = try request.wait()
    try passAround(Parcel(rank), Parcel(previous), communicator)
  },
]

private func passAround<M: Codable & Equatable & Sendable>(
  _ message: M, _ expected: M, _ communicator: Communicator
) throws {
  try expectEqual(try pass(message, as: M.self, communicator), expected, "\(M.self)")
}

/// Sends on one thread and receives on another, since a large message waits for its receiver.
private func pass<M: Encodable & Sendable, R: Decodable & Sendable>(
  _ message: M, as type: R.Type, _ communicator: Communicator
) throws -> R {
  let (next, previous) = (communicator.next, communicator.previous)
  let received = Mutex<R?>(nil)
  try onThreads([
    { try communicator.send(message: message, to: next, tag: 1) },
    {
      let value = try communicator.receive(message: type, from: previous, tag: 1)
      received.withLock { $0 = value }
    },
  ])
  guard let value = received.withLock({ $0 }) else { throw ProbeFailure("nothing was received") }
  return value
}
