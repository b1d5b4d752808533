import Glibc

/// A system call that failed, or was refused before it was made.
package struct SystemCallError: Error, Hashable {
  /// The `errno`; negative for this program's own reasons.
  package var code: Int32

  package init(code: Int32) { self.code = code }

  /// A socket, say, where a file is expected.
  package static let notRegular = SystemCallError(code: -1)
  package static let pipe = SystemCallError(code: -5)
  package static let device = SystemCallError(code: -6)
  /// A file longer than any of its kind.
  package static let tooLong = SystemCallError(code: -2)
  /// A file with other names too: writing to it would change those.
  package static let hasOtherNames = SystemCallError(code: -3)
  /// A folder below the root owned by neither its owner nor this user.
  package static let foreign = SystemCallError(code: -4)
  /// A folder that another process took over, or whose lock was removed.
  package static let lockLost = SystemCallError(code: -7)
  package static let link = SystemCallError(code: ELOOP)

  /// The reason in words, usually the system's.
  package var reason: String {
    switch self {
    case .notRegular: "it isn't a regular file"
    case .pipe: "it is a pipe"
    case .device: "it is a device"
    case .tooLong: "it is larger than any such file"
    case .hasOtherNames: "it is a hard link, a file with other names too"
    case .foreign: "a folder on the way belongs to another user"
    case .lockLost: "another process took the study's folder over, or its lock file was removed"
    case .link: "a symbolic link is in the way, which isn't followed"
    default: String(cString: strerror(code))
    }
  }

  /// Whether something other than the expected file is there.
  package var isOtherKind: Bool {
    [.notRegular, .pipe, .device].contains(self) || code == EISDIR
      // Opening a socket fails with ENXIO.
      || code == ENXIO
  }

  /// What the user can do about a failed write.
  var advice: String {
    switch code {
    case ELOOP, ENOTDIR, EISDIR, EEXIST, Self.notRegular.code, Self.pipe.code,
      Self.device.code,
      Self.hasOtherNames.code, Self.tooLong.code, Self.foreign.code:
      "move it away"
    case EACCES, EPERM, EROFS: "make it writable"
    case Self.lockLost.code: "make sure that nobody else writes there"
    default: "make room"
    }
  }
}
