import Experiments
import Foundation
import MPI

/// A little memory that the ranks of a node share, made without MPI's windows: it may be used until the
/// process ends, also while MPI is brought down and after that.
final class NodeMemory {
  /// Its start; zeroed.
  let base: UnsafeMutableRawPointer
  private let byteCount: Int
  private let isMapped: Bool

  /// Makes it; collective over the node.
  ///
  /// - Throws: on all ranks `SharedMemoryShortage` where there is no room, or what else is wrong with the
  ///   folder; `MPIError`.
  init(byteCount: Int, node: Communicator) throws {
    self.byteCount = byteCount
    isMapped = node.size > 1
    guard isMapped else {
      base = .allocate(byteCount: byteCount, alignment: 64)
      base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
      return
    }
    let folder = SharedMemory.folder
    let name = try node.broadcast(message: "srelu-ranks.\(getpid()).\(UUID().uuidString)", root: 0)
    let path = "\(folder)/\(name)"
    // The first rank makes the file; it goes as soon as all have it.
    var own: Mapping = node.rank == 0 ? Self.map(path, byteCount, making: true) : .none
    let made = try node.broadcast(Int64(own.error), root: 0)
    if node.rank > 0, made == 0 { own = Self.map(path, byteCount, making: false) }
    let error = try node.allreduce(Int64(max(Int64(own.error), made)), .max)
    if node.rank == 0 { unlink(path) }
    guard error == 0, let start = own.start else {
      if Int32(error) == ENOSPC {
        throw SharedMemoryShortage(
          folder: folder, needed: byteCount, free: SharedMemory.freeBytes ?? 0)
      }
      throw SharedMemoryFault(folder: folder, reason: String(cString: strerror(Int32(error))))
    }
    base = start
  }

  deinit {
    if isMapped { munmap(base, byteCount) } else { base.deallocate() }
  }

  private struct Mapping {
    var start: UnsafeMutableRawPointer?
    var error: Int32

    static var none: Mapping { Mapping(start: nil, error: 0) }
  }

  private static func map(_ path: String, _ byteCount: Int, making: Bool) -> Mapping {
    let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (making ? O_CREAT | O_EXCL : 0)
    let file = open(path, flags, 0o600)
    guard file >= 0 else { return Mapping(start: nil, error: errno) }
    defer { close(file) }
    if making {
      // The pages are there from now on: no write to them can fail.
      let error = posix_fallocate(file, 0, byteCount)
      guard error == 0 else { return Mapping(start: nil, error: error) }
    }
    let start = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
    guard let start, start != MAP_FAILED else { return Mapping(start: nil, error: errno) }
    return Mapping(start: start, error: 0)
  }
}

/// The folder for shared memory can't be used.
struct SharedMemoryFault: ReportableError {
  let folder: String
  let reason: String

  var description: String {
    "\(folder): the ranks of this host can't share memory there: \(reason). It has to be writable; "
      + "mpirun --mca osc_sm_backing_directory FOLDER chooses another one"
  }

  var exitCode: ExitCode { .environment }
}
