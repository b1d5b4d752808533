import DataParallel
import Experiments
import Foundation
import Glibc
import NeuralNet
import Testing

/// A failure at every system call of the checkpoint's writer: what was there before stays readable.
@Suite struct CheckpointTests {
  @Test(arguments: [ENOSPC, EIO]) func everyCallMayFail(_ code: Int32) throws {
    try withFolder { folder in
      let arena = network().arena
      try write(step: 1, arena, folder, POSIXFileSystem())
      var calls = 0
      while true {
        let fileSystem = CountingFileSystem(failAt: calls, code: code, crashes: false)
        let error = try failure { try write(step: 2, arena, folder, fileSystem) }
        guard fileSystem.hasFailed else { break }
        #expect(error?.exitCode == .cannotWrite, "call \(calls)")
        #expect(try step(in: folder, arena) != nil, "call \(calls)")
        #expect(!names(in: folder).contains { $0.hasSuffix(".partial") }, "call \(calls)")
        calls += 1
      }
      // mkdir, open, some writes, fsync, two renames, open, fsync.
      #expect(calls >= 9)
      #expect(try step(in: folder, arena) == 2)
    }
  }

  /// A process that ends at any call, and all after it don't happen.
  @Test func everyCallMayBeTheLast() throws {
    var calls = 0
    var isOver = false
    while !isOver {
      try withFolder { folder in
        let arena = network().arena
        try write(step: 1, arena, folder, POSIXFileSystem())
        let fileSystem = CountingFileSystem(failAt: calls, code: EIO, crashes: true)
        _ = try failure { try write(step: 2, arena, folder, fileSystem) }
        isOver = !fileSystem.hasFailed
        let found = try step(in: folder, arena)
        #expect(found == 1 || found == 2, "call \(calls): \(String(describing: found))")
        // And the next one is written over what is left.
        try write(step: 3, arena, folder, POSIXFileSystem())
        #expect(try step(in: folder, arena) == 3)
      }
      calls += 1
    }
    #expect(calls >= 9)
  }

  @Test func everyFlippedBitIsSeen() throws {
    try withFolder { folder in
      let arena = network().arena
      try write(step: 1, arena, folder, POSIXFileSystem())
      let path = "\(folder)/trial/\(CheckpointFolder.newest)"
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      for place in stride(from: 0, to: bytes.count, by: 37) {
        var damaged = bytes
        damaged[place] ^= 1 << UInt8(place % 8)
        try Data(damaged).write(to: URL(fileURLWithPath: path))
        // Spaces behind the header are all that may change without a meaning.
        let found = try step(in: folder, arena)
        #expect(found == nil || bytes[place] == UInt8(ascii: " "), "byte \(place)")
      }
    }
  }

  /// A disk that doesn't give a checkpoint back says nothing against the checkpoint: it is kept.
  @Test(arguments: [EIO, EMFILE, EACCES, ESTALE]) func whatCannotBeReadIsKept(_ code: Int32) throws
  {
    try withFolder { folder in
      let arena = network().arena
      for step in 1...2 { try write(step: step, arena, folder, POSIXFileSystem()) }
      let path = "\(folder)/trial/\(CheckpointFolder.newest)"
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      let disk = UnreadableFileSystem(path, code: code, times: .max)
      let found = CheckpointFolder("\(folder)/trial", fileSystem: disk)
        .newestStep(trial: Self.trial, arena)
      #expect(found.step == 1)
      #expect(found.notes.count == 1)
      #expect(
        found.notes.first?.contains("it can't be read: \(SystemCallError(code: code).reason)")
          == true)
      #expect(found.notes.first?.contains("kept as \(path).unused") == true)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path + ".unused")) == bytes)
      // It doesn't take the good one's place when the next one is written.
      try write(step: 3, arena, folder, POSIXFileSystem())
      try FileManager.default.removeItem(atPath: path)
      #expect(try step(in: folder, arena) == 1)
      CheckpointFolder("\(folder)/trial").remove()
      #expect(names(in: folder) == [])
    }
  }

  @Test func whatCanBeReadAtLastIsUsed() throws {
    try withFolder { folder in
      let arena = network().arena
      for step in 1...2 { try write(step: step, arena, folder, POSIXFileSystem()) }
      let path = "\(folder)/trial/\(CheckpointFolder.newest)"
      let disk = UnreadableFileSystem(path, code: ESTALE, times: 2)
      let found = CheckpointFolder("\(folder)/trial", fileSystem: disk)
        .newestStep(trial: Self.trial, arena)
      #expect(found.step == 2 && found.notes == [])
    }
  }

  /// Not damage either: a file that some other program or trial wrote.
  @Test func anotherTrialsIsKept() throws {
    try withFolder { folder in
      let arena = network().arena
      try write(step: 1, arena, folder, POSIXFileSystem())
      let checkpoints = CheckpointFolder("\(folder)/trial")
      let found = checkpoints.newestStep(trial: "fedcba9876543210", arena)
      #expect(found.step == nil)
      #expect(found.notes.first?.contains("it belongs to another trial; it is kept as") == true)
      #expect(names(in: folder) == ["\(CheckpointFolder.newest).unused"])
      // A folder under its name can't be read as a file.
      try FileManager.default.createDirectory(
        atPath: "\(folder)/trial/\(CheckpointFolder.newest)", withIntermediateDirectories: false)
      let note = checkpoints.newestStep(trial: Self.trial, arena).notes.first
      #expect(note?.contains("Is a directory") == true)
    }
  }

  @Test func aDamagedOneIsRemoved() throws {
    try withFolder { folder in
      let arena = network().arena
      for step in 1...2 { try write(step: step, arena, folder, POSIXFileSystem()) }
      let path = "\(folder)/trial/\(CheckpointFolder.newest)"
      #expect(truncate(path, 100) == 0)
      let found = CheckpointFolder("\(folder)/trial").newestStep(trial: Self.trial, arena)
      #expect(found.step == 1)
      #expect(found.notes.first?.contains("it was removed") == true)
      #expect(names(in: folder) == [CheckpointFolder.previous])
    }
  }

  // MARK: - Support

  private static let trial = "0123456789abcdef"

  private func network() -> Network {
    Network(
      NetworkSpec(
        input: ImageShape(height: 2, width: 3, channels: 1), hidden: [5], classes: 3,
        activation: .relu, dropout: 0), capacity: 1, seed: 1)
  }

  private func write(
    step: Int, _ arena: ParameterArena, _ folder: String, _ fileSystem: any FileSystem
  ) throws {
    var state = TrialState(trial: Self.trial)
    state.step = step
    try CheckpointFolder("\(folder)/trial", fileSystem: fileSystem).save(state, arena)
  }

  private func step(in folder: String, _ arena: ParameterArena) throws -> Int? {
    CheckpointFolder("\(folder)/trial").newestStep(trial: Self.trial, arena).step
  }

  private func failure(_ body: () throws -> Void) throws -> WriteError? {
    do {
      try body()
      return nil
    } catch let error as WriteError {
      return error
    }
  }

  private func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/trial")) ?? []
  }

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("checkpoints-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }
}
