import Glibc
import NeuralNet
import Support

/// The checkpoints of one trial in its folder: the last one and the one before it, which is there in
/// case the last one is damaged.
public struct CheckpointFolder: Sendable {
  /// The last checkpoint.
  public static let newest = "checkpoint.safetensors"
  /// The one before it.
  public static let previous = "checkpoint.previous.safetensors"
  private static let temporary = newest + AtomicWriter.temporarySuffix
  /// Behind the name of a checkpoint that couldn't be used though nothing says that it is damaged.
  static let unusedSuffix = ".unused"

  /// The trial's folder.
  public let path: String
  let fileSystem: any FileSystem

  /// The checkpoints in a trial's folder, which needn't be there yet; the folder around it must be.
  public init(_ path: String) { self.init(path, fileSystem: POSIXFileSystem()) }

  /// The same over a given file system.
  package init(_ path: String, fileSystem: any FileSystem) {
    self.path = path
    self.fileSystem = fileSystem
  }

  /// Writes a checkpoint under a temporary name, brings it to the disk, and only then lets it take
  /// the last one's place, which becomes the one before.
  func write(
    header: [UInt8], body: UnsafeRawBufferPointer, epochs: [UInt8]
  ) throws(WriteError) {
    let (newest, temporary) = ("\(path)/\(Self.newest)", "\(path)/\(Self.temporary)")
    // Better no checkpoint than one that nobody reads.
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

  /// Writes an arena's state at once.
  package func save(_ state: TrialState, _ arena: ParameterArena) throws(WriteError) {
    var body: [Float] = []
    for part in arena.kept { body += part.values.elements }
    var lines = EpochLines()
    lines.update(state.records)
    let epochs = lines.bytes
    let result = body.withUnsafeBytes { bytes in
      let header = CheckpointFile.header(
        state, layout: CheckpointFile.Layout(arena), body: bytes, epochs: epochs)
      return Result { () throws(WriteError) in
        try write(header: header, body: bytes, epochs: epochs)
      }
    }
    try result.get()
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

  /// Removes the checkpoints, those that couldn't be used, and what a crash left of one.
  package func remove() {
    for name in [Self.newest, Self.previous] {
      fileSystem.remove("\(path)/\(name)")
      fileSystem.remove("\(path)/\(name)\(Self.unusedSuffix)")
    }
    fileSystem.remove("\(path)/\(Self.temporary)")
  }
}
