/// Writes whole files atomically: after a crash, too, a reader finds the old file or the new one.
package struct AtomicWriter: Sendable {
  package static let temporarySuffix = ".partial"
  let fileSystem: any FileSystem
  /// Whether files are on disk when a call returns; otherwise they survive only the process.
  let isDurable: Bool

  package init(fileSystem: any FileSystem, isDurable: Bool = true) {
    self.fileSystem = fileSystem
    self.isDurable = isDurable
  }

  /// Writes files into one folder: all under temporary names, synchronised, then renamed in order,
  /// before one synchronisation of the folder.
  package func write(
    _ files: [(name: String, bytes: [UInt8])], into folder: String
  ) throws(WriteError) {
    var open: [(path: String, descriptor: Int32)] = []
    defer { for file in open { fileSystem.close(file.descriptor) } }
    do throws(WriteError) {
      for file in files {
        let path = "\(folder)/\(file.name)"
        open.append((path, try create(path, file.bytes)))
      }
      // Only now, so that the disk is waited for about once.
      for file in open where isDurable {
        try operation("write the file", file.path) { () throws(SystemCallError) in
          try fileSystem.synchronize(file.descriptor)
        }
      }
      for file in open {
        try operation("give the file its name", file.path) { () throws(SystemCallError) in
          try fileSystem.rename(file.path + Self.temporarySuffix, to: file.path)
        }
      }
    } catch {
      for file in files {
        fileSystem.remove("\(folder)/\(file.name)" + Self.temporarySuffix)
      }
      throw error
    }
    if isDurable { try synchronize(folder: folder) }
  }

  /// Creates a missing folder and synchronises its name to disk; its parent must exist.
  /// - Returns: whether it was missing.
  @discardableResult
  package func createFolder(_ path: String) throws(WriteError) -> Bool {
    try operation("create the folder", path) { () throws(SystemCallError) in
      try fileSystem.createFolder(path)
    }
  }

  /// Writes a file under its temporary name, starts writing it to disk, and returns it open.
  private func create(_ path: String, _ bytes: [UInt8]) throws(WriteError) -> Int32 {
    let descriptor = try operation("create the file", path) { () throws(SystemCallError) in
      try fileSystem.openNew(path + Self.temporarySuffix)
    }
    do throws(WriteError) {
      try operation("write the file", path) { () throws(SystemCallError) in
        try fileSystem.writeAll(descriptor, bytes)
      }
    } catch {
      fileSystem.close(descriptor)
      throw error
    }
    if isDurable { fileSystem.startWriting(descriptor) }
    return descriptor
  }

  private func operation<Value>(
    _ name: String, _ path: String, _ body: () throws(SystemCallError) -> Value
  ) throws(WriteError) -> Value {
    do {
      return try body()
    } catch {
      throw WriteError(path: path, operation: name, error)
    }
  }

  package func synchronize(folder: String) throws(WriteError) {
    try operation("synchronise the folder", folder) { () throws(SystemCallError) in
      try fileSystem.synchronize(folder: folder)
    }
  }
}
