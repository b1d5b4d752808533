import Glibc

/// Questions about what lies at a path.
enum Paths {
  static func isFolder(_ path: String) -> Bool { mode(path) == S_IFDIR }

  static func isFile(_ path: String) -> Bool { mode(path) == S_IFREG }

  static func exists(_ path: String) -> Bool { mode(path) != nil }

  private static func mode(_ path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }
}
