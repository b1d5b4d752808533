import CMPI
import Glibc
import Support

/// The memory of a host that several of its ranks see: files in a folder that is memory, `/dev/shm` as a
/// rule, which has a size of its own. A container's is 64 MB unless it was given more.
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

  /// What is left in it, in bytes; nil where nobody can say.
  public static var freeBytes: Int? {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return nil }
    let (bytes, overflow) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
      by: Int(clamping: status.f_frsize))
    return overflow ? nil : bytes
  }

  /// What has to be free for windows of so many bytes: Open MPI asks for a twentieth more, and takes pages
  /// from the same memory, as it needs them, for the ranks' messages.
  public static func neededBytes(_ bytes: Int, ranks: Int) -> Int {
    bytes + bytes / 20 + ranks * (1 << 20)
  }

  /// Throws where windows of so many bytes, all together, don't fit; on this host alone, which may be
  /// one of several.
  public static func require(_ bytes: Int, ranks: Int) throws(SharedMemoryShortage) {
    let needed = neededBytes(bytes, ranks: ranks)
    if let free = freeBytes, needed > free {
      throw SharedMemoryShortage(folder: folder, needed: needed, free: free)
    }
  }

  /// Gives pages to fresh memory, and zeros to all of it. Where there are none left this is said; to
  /// touch such a page would be the process's death by SIGBUS.
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

/// A host's shared memory is too small for what its ranks need.
public struct SharedMemoryShortage: ReportableError, Hashable {
  /// That of the environment.
  public var exitCode: ExitCode { .environment }

  /// Where it lies.
  public let folder: String
  /// In bytes.
  public let needed: Int
  /// In bytes.
  public let free: Int

  /// Said of a folder with so many bytes free where so many are needed.
  public init(folder: String, needed: Int, free: Int) {
    self.folder = folder
    self.needed = needed
    self.free = free
  }

  /// Where, how much, and what to do.
  public var description: String {
    "\(folder): the ranks of this host need \(needed) bytes of shared memory there, and \(free) are "
      + "free. Give it more (docker run --shm-size=1g; in Kubernetes a volume in memory, mounted on "
      + "/dev/shm; elsewhere mount -o remount,size=1g /dev/shm), or start one rank, which needs none: "
      + "--ranks 1"
  }
}
