/// The address that empty buffers point at, since MPI refuses null. Never read or written.
private nonisolated(unsafe) let emptyBuffer = UnsafeMutableRawPointer.allocate(
  byteCount: 64, alignment: 64)

extension UnsafeBufferPointer {
  /// The first element's address; a dummy if empty.
  var address: UnsafeRawPointer { baseAddress.map { UnsafeRawPointer($0) } ?? .init(emptyBuffer) }
}

extension UnsafeMutableBufferPointer {
  /// The first element's address; a dummy if empty.
  var address: UnsafeMutableRawPointer {
    baseAddress.map { UnsafeMutableRawPointer($0) } ?? emptyBuffer
  }
}

/// An array of `count` values, all of them written by `fill`.
func array<T: MPIScalar>(
  count: Int, _ fill: (UnsafeMutableBufferPointer<T>) throws -> Void
) rethrows -> [T] {
  try [T](unsafeUninitializedCapacity: count) { buffer, initialized in
    try fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    initialized = count
  }
}

/// The text that a call writes into a buffer of `capacity` characters, with its length.
func text(
  capacity: Int32, _ write: (UnsafeMutablePointer<CChar>?, inout Int32) throws -> Void
) rethrows -> String {
  let bytes = try [CChar](unsafeUninitializedCapacity: Int(capacity)) { buffer, count in
    var length: Int32 = 0
    try write(buffer.baseAddress, &length)
    count = Int(length)
  }
  return String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
