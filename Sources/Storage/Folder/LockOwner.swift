import Foundation
import Support

/// The process that holds a folder's lock.
///
/// A process id alone names no process: it is used again, and containers of one host name have the same
/// ones. So it goes with the boot of the system, the namespace of its ids, and when the process began.
public struct LockOwner: Hashable, Codable, Sendable {
  /// Name of its machine.
  public var host: String
  /// Its process id there.
  public var pid: Int32
  /// Which boot of which system it is of; nil where that isn't known, as in files of earlier versions.
  public var boot: String?
  /// The namespace that its process id is of.
  public var namespace: String?
  /// When the process began, in the system's ticks since its boot.
  public var began: UInt64?

  /// A process from its parts.
  public init(
    host: String, pid: Int32, boot: String? = nil, namespace: String? = nil, began: UInt64? = nil
  ) {
    self.host = host
    self.pid = pid
    self.boot = boot
    self.namespace = namespace
    self.began = began
  }

  /// This process.
  public static var current: LockOwner {
    let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
    return LockOwner(
      host: HostName.own, pid: getpid(),
      boot: boot?.trimmingCharacters(in: .whitespacesAndNewlines),
      namespace: try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid"),
      began: beginning(of: getpid()))
  }

  /// Whether it is of the same running system as another, which then shares its locks.
  func sharesSystem(with other: LockOwner) -> Bool {
    boot.map { $0 == other.boot } ?? (host == other.host)
  }

  /// Whether it is known to another process that this one has ended: of one that runs elsewhere nobody
  /// can tell.
  func isGone(for other: LockOwner) -> Bool {
    guard sharesSystem(with: other), boot == nil || namespace == other.namespace else {
      return false
    }
    guard let began else { return kill(pid, 0) != 0 && errno != EPERM }
    return Self.beginning(of: pid) != began
  }

  /// When a process of this namespace began; nil where there is none.
  private static func beginning(of process: Int32) -> UInt64? {
    let line = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    // The program's name, in brackets, may have spaces and brackets.
    guard let line, let end = line.lastIndex(of: ")") else { return nil }
    let fields = line[end...].split(separator: " ")
    return fields.count > 20 ? UInt64(fields[20]) : nil
  }

  /// What is said while it is watched, having the lock of a folder.
  public func waitingNotice(folder: String) -> String {
    "\(folder): another host holds the lock (\(text)); waiting up to "
      + "\(Int(FolderLock.lease)) s to see whether it is still alive"
  }

  /// Its name for a message: a file that anyone may have written says what it is.
  var text: String {
    let name = String(String.UnicodeScalarView(host.unicodeScalars.filter { $0.isPrintable }))
    return "\(name.prefix(100)), process \(pid)"
  }
}

extension Unicode.Scalar {
  fileprivate var isPrintable: Bool { value >= 0x20 && !(0x7f...0x9f).contains(value) }
}

/// What a lock file says: who holds the lock, under an id that no other taking of it has, and how
/// often that was confirmed.
struct LockRecord: Codable, Hashable {
  var owner: LockOwner
  /// nil in files of earlier versions.
  var id: String?
  /// Written with as many digits each time, so that the file keeps its length.
  var renewals: Int

  private enum CodingKeys: String, CodingKey {
    case id, renewals
  }

  init(_ owner: LockOwner) {
    self.owner = owner
    id = UUID().uuidString
    renewals = 0
  }

  init(from decoder: any Decoder) throws {
    owner = try LockOwner(from: decoder)
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    id = try keys.decodeIfPresent(String.self, forKey: .id)
    renewals = Int(try keys.decodeIfPresent(String.self, forKey: .renewals) ?? "") ?? 0
  }

  func encode(to encoder: any Encoder) throws {
    try owner.encode(to: encoder)
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encodeIfPresent(id, forKey: .id)
    try keys.encode(String(format: "%012d", renewals), forKey: .renewals)
  }

  /// The file's bytes.
  var bytes: [UInt8] {
    // Strings and integers, which always can be encoded.
    ((try? JSON.bytes(self)) ?? []) + [UInt8(ascii: "\n")]
  }

  /// The record in a file's bytes; nil where no coordinator wrote them.
  init?(_ bytes: [UInt8]) {
    guard let record = try? JSON.value(LockRecord.self, from: bytes) else {
      return nil
    }
    self = record
  }
}
