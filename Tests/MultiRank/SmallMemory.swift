import Foundation
import MPI

/// On a machine with little shared memory, less than 100 MB: what doesn't fit is an error on all ranks,
/// before and while it is made; what does fit works.
func smallMemory(_ world: Communicator) throws -> Int32 {
  guard let free = SharedMemory.freeBytes, free < 100_000_000 else {
    complain(
      "there is too much shared memory for this: run it where \(SharedMemory.folder) is small")
    return 64
  }
  let error = try expectThrows(SharedMemoryShortage.self, "a window of 200 MB") {
    try SharedWindow<UInt8>(count: 200_000_000, on: world)
  }
  try expectEqual(error.folder, SharedMemory.folder, "folder")
  try expectEqual(error.needed, 210_000_000 + world.size << 20, "needed")
  try expect(error.free > 0 && error.free < 100_000_000, "free: \(error.free)")
  for text in ["\(error.needed) bytes", "\(error.free) are free", "/dev/shm"] {
    try expect(error.description.contains(text), "'\(text)' in: \(error)")
  }
  try world.barrier()
  if world.rank == 0 { try checkFilling(free) }
  try world.barrier()
  let window = try SharedWindow<Int32>(count: 1_000_000, on: world)
  try expect(window.elements.allSatisfy { $0 == 0 }, "a fresh window holds something")
  try window.synchronise()
  window.elements[world.rank] = Int32(world.rank + 1)
  try window.synchronise()
  try expectElements(window.elements.prefix(world.size), count: world.size, "ranks") {
    Int32($0 + 1)
  }
  try window.free()
  return 0
}

/// A file that promises more than there is: to write there would be the process's death.
private func checkFilling(_ free: Int) throws {
  let path = "\(SharedMemory.folder)/multirank-\(getpid())"
  let file = open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
  defer { close(file) }
  unlink(path)
  let length = free + 8_000_000
  try expect(file >= 0 && ftruncate(file, length) == 0, "no file")
  let start = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
  guard let start, start != MAP_FAILED else { throw ProbeFailure("no mapping") }
  defer { munmap(start, length) }
  let whole = UnsafeMutableRawBufferPointer(start: start, count: length)
  try expect(!SharedMemory.fill(whole), "there are pages for more bytes than are free")
  try expect(
    SharedMemory.fill(UnsafeMutableRawBufferPointer(rebasing: whole[..<1_000_000])),
    "there are none for a million bytes")
}
