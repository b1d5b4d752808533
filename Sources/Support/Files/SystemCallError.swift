import Glibc

/// A system call that failed, or one that was refused before it was made.
package struct SystemCallError: Error, Hashable {
  /// The system's number; one below 0 is this program's own reason.
  package var code: Int32

  package init(code: Int32) { self.code = code }

  /// A socket, say, where a file is expected.
  package static let notRegular = SystemCallError(code: -1)
  /// A pipe where a file is expected.
  package static let pipe = SystemCallError(code: -5)
  /// A device where a file is expected.
  package static let device = SystemCallError(code: -6)
  /// A file that has more bytes than any of its kind.
  package static let tooLong = SystemCallError(code: -2)
  /// A file that has other names too: whoever writes to it changes what they name.
  package static let hasOtherNames = SystemCallError(code: -3)
  /// A folder below the root that neither its owner nor this user owns.
  package static let foreign = SystemCallError(code: -4)
  /// A folder that another process took over, or whose lock somebody removed.
  package static let lockLost = SystemCallError(code: -7)
  /// What a link in the way comes to.
  package static let link = SystemCallError(code: ELOOP)

  /// The reason in words, for most the system's own.
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

  /// Whether something else lies there than the file that is expected.
  package var isOtherKind: Bool {
    [.notRegular, .pipe, .device].contains(self) || code == EISDIR
      // A socket can't be opened at all.
      || code == ENXIO
  }

  /// What whoever wanted to write can do about it.
  var advice: String {
    switch code {
    case ELOOP, ENOTDIR, EISDIR, EEXIST, Self.notRegular.code, Self.pipe.code,
      Self.device.code,
      Self.hasOtherNames.code, Self.tooLong.code, Self.foreign.code:
      "move it away"
    case EACCES, EPERM, EROFS: "make it writable"
    case Self.lockLost.code: "see that nobody else writes there"
    default: "make room"
    }
  }
}
