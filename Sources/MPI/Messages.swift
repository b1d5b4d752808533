import Foundation
import Support

// Codable values as messages: JSON, one MPI message each. All throw `MPIError` and coding errors.
extension Communicator {
  /// Sends a value.
  public func send<M: Encodable>(message: M, to rank: Int, tag: Int) throws {
    try send(try Self.encode(message), to: rank, tag: tag)
  }

  /// Waits for a value and receives it.
  /// - Throws: `MPIError`; `DecodingError` if the message isn't such a value.
  public func receive<M: Decodable>(message type: M.Type, from rank: Int?, tag: Int?) throws -> M {
    try matchedProbe(source: rank, tag: tag).decode(as: type)
  }

  /// Returns `root`'s value on every rank; collective.
  public func broadcast<M: Codable>(message: M, root: Int) throws -> M {
    var bytes = rank == root ? try Self.encode(message) : []
    let count = try broadcast(Int64(bytes.count), root: root)
    if rank != root { bytes = [UInt8](repeating: 0, count: Int(count)) }
    try broadcast(&bytes, root: root)
    return try decodeMessage(M.self, bytes)
  }

  /// Returns every rank's value in rank order at `root`, an empty array elsewhere; collective.
  public func gather<M: Codable>(message: M, root: Int) throws -> [M] {
    let bytes = try Self.encode(message)
    let counts = try allgather([Int64(bytes.count)]).map { Int($0) }
    guard let all = try gather(bytes, counts: counts, root: root) else { return [] }
    var start = 0
    return try counts.map { count in
      defer { start += count }
      return try decodeMessage(M.self, Array(all[start..<start + count]))
    }
  }

  private static func encode<M: Encodable>(_ message: M) throws -> [UInt8] {
    // The array makes a bare number or nil a JSON document too.
    try JSON.bytes([message])
  }
}

extension MatchedMessage {
  /// Receives the message as a value.
  /// - Throws: `MPIError`; `DecodingError` if the message isn't such a value.
  public consuming func decode<M: Decodable>(as type: M.Type) throws -> M {
    try decodeMessage(type, try receive())
  }
}

private func decodeMessage<M: Decodable>(_ type: M.Type, _ bytes: [UInt8]) throws -> M {
  let values = try JSON.value([M].self, from: bytes)
  guard values.count == 1 else {
    throw MPIError(operation: "decode", refusal: "\(values.count) values in one message.")
  }
  return values[0]
}
