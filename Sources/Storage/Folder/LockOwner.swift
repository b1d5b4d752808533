import Foundation
import Support

/// The process that holds a folder's lock.
///
/// A process id alone is ambiguous: ids are reused, and containers of one host name have the same
/// ones. So the boot id, the id's namespace and the process's start time complete it.
package struct LockOwner: Hashable, Codable, Sendable {
  package var host: String
  package var pid: Int32
  /// The boot id; nil if unknown, as in files of earlier versions.
  package var boot: String?
  /// The namespace of the process id.
  package var namespace: String?
  /// The process's start time in clock ticks since boot.
  package var began: UInt64?

  package init(
    host: String, pid: Int32, boot: String? = nil, namespace: String? = nil, began: UInt64? = nil
  ) {
    self.host = host
    self.pid = pid
    self.boot = boot
    self.namespace = namespace
    self.began = began
  }

  package static var current: LockOwner {
    LockOwner(
      host: HostName.own, pid: getpid(), boot: KernelFile.text("/proc/sys/kernel/random/boot_id"),
      namespace: try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid"),
      began: ProcessStat(getpid())?.start)
  }

  /// Whether both run on the same booted system, which then shares its locks.
  func sharesSystem(with other: LockOwner) -> Bool {
    boot.map { $0 == other.boot } ?? (host == other.host)
  }

  /// Whether this process has ended, as far as `other` can know: never for one elsewhere.
  func isGone(for other: LockOwner) -> Bool {
    guard sharesSystem(with: other), boot == nil || namespace == other.namespace else {
      return false
    }
    guard let began else { return kill(pid, 0) != 0 && errno != EPERM }
    return ProcessStat(pid)?.start != began
  }

  package func waitingNotice(folder: String) -> String {
    "\(folder): another host holds the lock (\(text)); waiting up to "
      + "\(Int(FolderLock.lease)) s to see whether it is still alive"
  }

  /// A name for messages, cleaned: anyone may have written the file.
  var text: String { "\(host.onOneLine.prefix(100)), process \(pid)" }
}

/// A lock file's content: the holder, an id unique to this acquisition, and the number of renewals.
struct LockRecord: Codable, Hashable {
  var owner: LockOwner
  /// nil in files of earlier versions.
  var id: String?
  /// Encoded at a fixed width, so that the file keeps its length.
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

  var bytes: [UInt8] {
    // Encoding strings and integers can't fail.
    ((try? JSON.bytes(self)) ?? []) + [UInt8(ascii: "\n")]
  }

  /// Decodes a file's bytes; nil if no coordinator wrote them.
  init?(_ bytes: [UInt8]) {
    guard let record = try? JSON.value(LockRecord.self, from: bytes) else {
      return nil
    }
    self = record
  }
}
