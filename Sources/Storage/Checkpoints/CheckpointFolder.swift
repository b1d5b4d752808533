import Glibc
import Support

/// A trial's checkpoints: the last one, and the one before in case the last is damaged.
package struct CheckpointFolder: Sendable {
  package static let newest = "checkpoint.safetensors"
  package static let previous = "checkpoint.previous.safetensors"
  private static let temporary = newest + AtomicWriter.temporarySuffix
  /// Suffix of a checkpoint that is unusable but not known to be damaged.
  static let unusedSuffix = ".unused"

  package let path: String
  let fileSystem: any FileSystem

  /// The checkpoints in a trial's folder, which need not exist yet; its parent must.
  package init(_ path: String, fileSystem: any FileSystem = POSIXFileSystem()) {
    self.path = path
    self.fileSystem = fileSystem
  }

  /// Writes and syncs a temporary file before it replaces the last checkpoint, which is kept as
  /// previous.
  package func write(
    header: [UInt8], body: UnsafeRawBufferPointer, epochs: [UInt8]
  ) throws(WriteError) {
    let (newest, temporary) = ("\(path)/\(Self.newest)", "\(path)/\(Self.temporary)")
    // No checkpoint is better than one that can't be read back.
    guard header.count <= Safetensors.longestHeader else {
      throw WriteError(
        path: newest, operation: "write the checkpoint",
        reason: "its header has \(header.count) bytes, and \(Safetensors.longestHeader) is the most"
      )
    }
    var operation = "create the folder"
    do throws(SystemCallError) {
      try fileSystem.createFolder(path)
      operation = "write the checkpoint"
      try write(header, body, epochs, to: temporary)
      operation = "keep the last checkpoint"
      do throws(SystemCallError) {
        try fileSystem.rename(newest, to: "\(path)/\(Self.previous)")
      } catch  where error.code == ENOENT {}
      operation = "give the checkpoint its name"
      try fileSystem.rename(temporary, to: newest)
      operation = "synchronise the folder"
      try fileSystem.synchronize(folder: path)
    } catch {
      fileSystem.remove(temporary)
      throw WriteError(path: newest, operation: operation, error)
    }
  }

  private func write(
    _ header: [UInt8], _ body: UnsafeRawBufferPointer, _ epochs: [UInt8], to path: String
  ) throws(SystemCallError) {
    let descriptor = try fileSystem.openNew(path)
    defer { fileSystem.close(descriptor) }
    try fileSystem.writeAll(descriptor, header)
    try fileSystem.writeAll(descriptor, body)
    try fileSystem.writeAll(descriptor, epochs)
    try fileSystem.synchronize(descriptor)
  }

  /// Removes the checkpoints, including unusable and unfinished ones.
  package func remove() {
    for name in [Self.newest, Self.previous] {
      fileSystem.remove("\(path)/\(name)")
      fileSystem.remove("\(path)/\(name)\(Self.unusedSuffix)")
    }
    fileSystem.remove("\(path)/\(Self.temporary)")
  }
}
