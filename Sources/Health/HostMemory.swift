import Foundation
import MPI
import Support

/// A little memory shared by the ranks of a host, made without MPI windows, so that it can be used
/// until the process ends, during and after MPI's shutdown.
final class HostMemory {
  /// The start; zeroed.
  let base: UnsafeMutableRawPointer
  private let byteCount: Int
  private let isMapped: Bool

  /// Allocates the memory; collective over the host.
  /// - Throws: on all ranks the reason why no folder is usable; `MPIError`.
  init(byteCount: Int, local: Communicator) throws {
    self.byteCount = byteCount
    isMapped = local.size > 1
    guard isMapped else {
      base = .allocate(byteCount: byteCount, alignment: 64)
      base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
      return
    }
    // The first rank creates the file and unlinks it as soon as all have mapped it.
    var own = Mapping(start: nil, error: 0)
    var path = ""
    if local.rank == 0 { (path, own) = Self.make(byteCount) }
    path = try local.broadcast(message: path, root: 0)
    let made = try local.broadcast(Int64(own.error), root: 0)
    if local.rank > 0, made == 0 { own = Self.map(path, byteCount, making: false) }
    let error = Int32(try local.allreduce(max(Int64(own.error), made), .max))
    if local.rank == 0 { unlink(path) }
    guard error == 0, let start = own.start else {
      throw Refusal(
        .environment,
        "\(path): the ranks of this host can't share memory there: \(String(cString: strerror(error))); "
          + "/dev/shm, or the folder for temporary files, has to be writable and to have room")
    }
    base = start
  }

  deinit {
    if isMapped { munmap(base, byteCount) } else { base.deallocate() }
  }

  private struct Mapping {
    var start: UnsafeMutableRawPointer?
    var error: Int32
  }

  /// Maps a file in Open MPI's folder for windows or else in any that all ranks of the host see.
  private static func make(_ byteCount: Int) -> (path: String, Mapping) {
    let temporary = FileManager.default.temporaryDirectory.path
    var made = (path: "", Mapping(start: nil, error: ENOENT))
    for folder in [SharedMemory.folder, "/dev/shm", temporary] {
      let path = "\(folder)/srelu-ranks.\(getpid()).\(UUID().uuidString)"
      made = (path, map(path, byteCount, making: true))
      if made.1.error == 0 { break }
      unlink(path)
    }
    return made
  }

  private static func map(_ path: String, _ byteCount: Int, making: Bool) -> Mapping {
    let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (making ? O_CREAT | O_EXCL : 0)
    let file = open(path, flags, 0o600)
    guard file >= 0 else { return Mapping(start: nil, error: errno) }
    defer { close(file) }
    if making {
      // Allocates the pages now, so that no write to them can fail.
      let error = posix_fallocate(file, 0, byteCount)
      guard error == 0 else { return Mapping(start: nil, error: error) }
    }
    let start = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
    guard let start, start != MAP_FAILED else { return Mapping(start: nil, error: errno) }
    return Mapping(start: start, error: 0)
  }
}
