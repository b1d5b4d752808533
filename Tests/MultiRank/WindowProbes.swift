import MPI

let windowProbes = [
  Probe("SharedWindow: what the first rank writes, all read") { communicator in
    let local = try communicator.splitByHost()
    for type in scalarTypes { try checkFirstWrites(type, local) }
    try local.free()
  },
  Probe("SharedWindow: every rank writes its slice, in turn and at once") { communicator in
    let local = try communicator.splitByHost()
    for type in scalarTypes { try checkSlices(type, local) }
    try local.free()
  },
  Probe("SharedWindow: no elements, and two windows side by side") { communicator in
    let local = try communicator.splitByHost()
    let empty = try SharedWindow<Double>(count: 0, on: local)
    let first = try SharedWindow<Int32>(count: 5, on: local)
    let second = try SharedWindow<Int32>(count: 5, on: local)
    try expectEqual(empty.elements.count, 0, "elements of the empty window")
    if local.rank == 0 {
      for index in 0..<5 {
        first.elements[index] = Int32(index)
        second.elements[index] = Int32(-index)
      }
    }
    for window in [first, second] { try window.synchronise() }
    try empty.synchronise()
    try expectElements(first.elements, count: 5, "first") { Int32($0) }
    try expectElements(second.elements, count: 5, "second") { Int32(-$0) }
    try first.free()
    try expectElements(second.elements, count: 5, "second without the first") { Int32(-$0) }
    try second.free()
    try empty.free()
    try local.free()
  },
  Probe("SharedWindow: freed twice, used after free, or on a freed communicator is an error") {
    communicator in
    let local = try communicator.splitByHost()
    let window = try SharedWindow<UInt8>(count: 3, on: local)
    try window.free()
    let twice = try expectThrows(MPIError.self, "freed twice") { try window.free() }
    try expectEqual(twice.operation, "MPI_Win_free", "operation")
    try expect(twice.text.contains("freed before"), "text \"\(twice.text)\"")
    let late = try expectThrows(MPIError.self, "synchronised after free") {
      try window.synchronise()
    }
    try expectEqual(late.operation, "MPI_Win_sync", "operation")
    try local.free()
    let orphan = try expectThrows(MPIError.self, "on a freed communicator") {
      try SharedWindow<UInt8>(count: 3, on: local)
    }
    try expectEqual(orphan.operation, "MPI_Win_allocate_shared", "operation")
  },
]

private func checkFirstWrites<T: ProbeScalar>(_ type: T.Type, _ local: Communicator) throws {
  let count = 1009
  let window = try SharedWindow<T>(count: count, on: local)
  try expectEqual(window.elements.count, count, "elements of \(T.self)")
  for round in 0..<3 {
    if local.rank == 0 {
      for index in 0..<count { window.elements[index] = Samples.value(round, index) }
    }
    try window.synchronise()
    try expectElements(window.elements, count: count, "\(T.self), round \(round)") {
      Samples.value(round, $0)
    }
    // The next round may not begin before all have read this one.
    try window.synchronise()
  }
  try window.free()
}

private func checkSlices<T: ProbeScalar>(_ type: T.Type, _ local: Communicator) throws {
  let length = 7
  let count = length * local.size
  let window = try SharedWindow<T>(count: count, on: local)
  if local.rank == 0 { for index in 0..<count { window.elements[index] = 0 } }
  try window.synchronise()
  for writer in 0..<local.size {
    if local.rank == writer { write(window.elements, rank: writer, length: length) }
    try window.synchronise()
    try expectElements(window.elements, count: count, "\(T.self) after rank \(writer)") {
      $0 / length <= writer ? Samples.value($0 / length, $0 % length) : 0
    }
    try window.synchronise()
  }
  write(window.elements, rank: local.rank, length: length, shift: 1)
  try window.synchronise()
  try expectElements(window.elements, count: count, "\(T.self) at once") {
    Samples.value($0 / length, $0 % length + 1)
  }
  try window.free()
}

private func write<T: ProbeScalar>(
  _ elements: UnsafeMutableBufferPointer<T>, rank: Int, length: Int, shift: Int = 0
) {
  for index in 0..<length {
    elements[rank * length + index] = Samples.value(rank, index + shift)
  }
}
