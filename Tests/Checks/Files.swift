import FoundationEssentials
import Glibc

/// Files as tests make, read and change them. What fails shows in the check that needs it.
package enum Files {
  /// A file's bytes, those of /proc too; nil where it can't be read.
  package static func bytes(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// A file's text; nothing where it can't be read.
  package static func text(_ path: String) -> String {
    String(decoding: bytes(path) ?? [], as: UTF8.self)
  }

  package static func write(_ path: String, _ text: String) { write(path, Array(text.utf8)) }

  package static func write(_ path: String, _ bytes: [UInt8]) {
    _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
  }

  package static func append(_ path: String, _ text: String) {
    write(path, (bytes(path) ?? []) + Array(text.utf8))
  }

  /// Whether something is there: a link that leads nowhere, too.
  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Nil where there is no such file.
  package static func size(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }

  /// When it was changed last, in seconds of the machine's clock; nil where there is no such file.
  package static func changed(_ path: String) -> Double? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) * 1e-9
  }

  package static func makeFolder(_ path: String) {
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  package static func remove(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
  }

  package static func copy(_ from: String, _ to: String) {
    try? FileManager.default.copyItem(atPath: from, toPath: to)
  }

  package static func move(_ from: String, _ to: String) { rename(from, to) }

  /// The names in a folder, sorted.
  package static func names(_ folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  /// All below a folder that is no folder, as paths from there, sorted.
  package static func all(_ folder: String) -> [String] {
    names(folder).flatMap { name in
      var status = stat()
      let path = "\(folder)/\(name)"
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return [name] }
      return all(path).map { "\(name)/\($0)" }
    }
  }
}
