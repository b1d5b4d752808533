import Glibc

/// Writes whole files so that a reader, and whoever comes after a crash, finds the old file or the
/// new one, and nothing between.
package struct AtomicWriter: Sendable {
  package static let temporarySuffix = ".partial"
  let fileSystem: any FileSystem

  package init(fileSystem: any FileSystem) { self.fileSystem = fileSystem }

  /// Writes files into one folder: each under a temporary name, synchronised, renamed; then the
  /// folder is synchronised once.
  package func write(
    _ files: [(name: String, bytes: [UInt8])], into folder: String
  ) throws(WriteError) {
    for file in files { try write(file.bytes, to: "\(folder)/\(file.name)") }
    try synchronize(folder: folder)
  }

  /// Creates a folder where there is none yet; the folder around it must be there.
  package func createFolder(_ path: String) throws(WriteError) {
    do {
      try fileSystem.createDirectory(path)
    } catch {
      throw WriteError(path: path, operation: "create the folder", reason: error.reason)
    }
  }

  private func write(_ bytes: [UInt8], to path: String) throws(WriteError) {
    let temporary = path + Self.temporarySuffix
    var operation = "create the file"
    do {
      let descriptor = try fileSystem.open(temporary, O_WRONLY | O_CREAT | O_TRUNC)
      defer { fileSystem.close(descriptor) }
      operation = "write the file"
      try fileSystem.writeAll(descriptor, bytes)
      try fileSystem.synchronize(descriptor)
      operation = "give the file its name"
      try fileSystem.rename(temporary, to: path)
    } catch {
      fileSystem.remove(temporary)
      throw WriteError(path: path, operation: operation, reason: error.reason)
    }
  }

  private func synchronize(folder: String) throws(WriteError) {
    do {
      let descriptor = try fileSystem.open(folder, O_RDONLY | O_DIRECTORY)
      defer { fileSystem.close(descriptor) }
      try fileSystem.synchronize(descriptor)
    } catch {
      throw WriteError(path: folder, operation: "synchronise the folder", reason: error.reason)
    }
  }
}
