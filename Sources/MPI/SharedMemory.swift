import CMPI
import Glibc
import Support

/// The memory that several ranks of a host share: files in a memory file system, usually
/// `/dev/shm`, which has its own limit: 64 MB by default in a container.
public enum SharedMemory {
  /// The folder in which Open MPI puts windows. MPI must be initialised.
  public static let folder: String = {
    var text = [CChar](repeating: 0, count: 8192)
    if srelu_text_parameter("osc_sm_backing_directory", &text, Int32(text.count)) != 0, text[0] != 0
    {
      return text.withUnsafeBufferPointer {
        String(decoding: $0.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
    }
    return "/dev/shm"
  }()

  /// Free bytes in the folder; nil if unknown.
  public static var freeBytes: Int? {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return nil }
    let (bytes, overflow) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
      by: Int(clamping: status.f_frsize))
    return overflow ? nil : bytes
  }

  /// The free bytes that windows of `bytes` bytes need: Open MPI asks for a twentieth more, and
  /// takes pages from the same memory for the ranks' messages as it needs them.
  public static func neededBytes(_ bytes: Int, ranks: Int) -> Int {
    bytes + bytes / 20 + ranks * (1 << 20)
  }

  /// Throws if windows of `bytes` bytes in total don't fit on this host.
  public static func require(_ bytes: Int, ranks: Int) throws(SharedMemoryShortage) {
    let needed = neededBytes(bytes, ranks: ranks)
    if let free = freeBytes, needed > free {
      throw SharedMemoryShortage(folder: folder, needed: needed, free: free)
    }
  }

  /// Allocates the pages of fresh memory by writing zeros. Returns false if none are left; touching
  /// such a page would kill the process with SIGBUS.
  package static func fill(_ memory: UnsafeMutableRawBufferPointer) -> Bool {
    guard let base = memory.baseAddress, !memory.isEmpty else { return true }
    let zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC)
    guard zeros >= 0 else { return false }
    defer { close(zeros) }
    var place = 0
    while place < memory.count {
      let count = read(zeros, base + place, min(memory.count - place, 1 << 30))
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      place += count
    }
    return true
  }
}

/// A host's shared memory is too small for its ranks.
public struct SharedMemoryShortage: ReportableError, Hashable {
  /// `environment`.
  public var exitCode: ExitCode { .environment }

  /// The folder of the shared memory.
  public let folder: String
  /// Bytes needed.
  public let needed: Int
  /// Bytes free.
  public let free: Int

  /// The folder, the bytes, and the remedy.
  public var description: String {
    "\(folder): the ranks of this host need \(needed) bytes of shared memory there, and \(free) are "
      + "free. Give it more (docker run --shm-size=1g; in Kubernetes a volume in memory, mounted on "
      + "/dev/shm; elsewhere mount -o remount,size=1g /dev/shm), or start one rank, which needs none: "
      + "--ranks 1"
  }
}
