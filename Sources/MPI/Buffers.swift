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

/// Each rank's start when parts of these lengths lie one after another.
func displacements(_ operation: StaticString, _ counts: [Int]) throws -> (
  counts: [Int32], starts: [Int32], total: Int
) {
  var starts: [Int32] = []
  var total = 0
  for count in counts {
    precondition(count >= 0, "a part of \(count) elements")
    starts.append(try count32(operation, total))
    total += count
  }
  return (try counts.map { try count32(operation, $0) }, starts, total)
}
