import Checks
import Glibc

/// A disk of a few megabytes: a tmpfs, which only root may mount.
struct SmallDisk {
  let path: String

  init(_ path: String) {
    self.path = path
    Files.makeFolder(path)
    Cleanup.atEnd { [self] in unmount() }
  }

  /// Whether this user may mount one.
  var isPossible: Bool {
    mount(megabytes: 1) && unmount()
  }

  @discardableResult
  func mount(megabytes: Int) -> Bool {
    Glibc.mount("torture", path, "tmpfs", 0, "size=\(megabytes)m") == 0
  }

  /// Makes room for a whole study.
  func enlarge() {
    _ = Glibc.mount("torture", path, "tmpfs", UInt(MS_REMOUNT), "size=100m")
  }

  @discardableResult
  func unmount() -> Bool { umount2(path, Int32(MNT_DETACH)) == 0 }
}
