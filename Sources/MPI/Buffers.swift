/// A place that is never read or written: what an empty buffer points at, since MPI refuses null.
private nonisolated(unsafe) let emptyBuffer = UnsafeMutableRawPointer.allocate(
  byteCount: 64, alignment: 64)

extension UnsafeBufferPointer {
  /// The first element, or some address for none.
  var address: UnsafeRawPointer { baseAddress.map { UnsafeRawPointer($0) } ?? .init(emptyBuffer) }
}

extension UnsafeMutableBufferPointer {
  /// The first element, or some address for none.
  var address: UnsafeMutableRawPointer {
    baseAddress.map { UnsafeMutableRawPointer($0) } ?? emptyBuffer
  }
}

/// An array of `count` values that `fill` writes, every one of them.
func array<T: MPIScalar>(
  count: Int, _ fill: (UnsafeMutableBufferPointer<T>) throws -> Void
) rethrows -> [T] {
  try [T](unsafeUninitializedCapacity: count) { buffer, initialized in
    try fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    initialized = count
  }
}

/// Where each rank's part starts when parts of these lengths lie one after another.
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
