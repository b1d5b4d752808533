import DataParallel
import Experiments
import Foundation
import Glibc
import NeuralNet
import Storage
import Support
import TestSupport
import Testing

/// A failure at every system call of the checkpoint's writer: what was there before stays readable.
@Suite struct CheckpointTests {
  @Test(arguments: [ENOSPC, EIO]) func everyCallMayFail(_ code: Int32) throws {
    try withTemporaryFolder { folder in
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
      try withTemporaryFolder { folder in
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
    try withTemporaryFolder { folder in
      let (bytes, arena) = try written(in: folder)
      for place in bytes.indices {
        var damaged = bytes
        damaged[place] ^= 1 << UInt8(place % 8)
        let found = try step(of: damaged, arena)
        // Spaces behind the header are all that may change without a meaning.
        #expect(found == nil || bytes[place] == UInt8(ascii: " "), "byte \(place)")
      }
    }
  }

  @Test func everyTruncationIsSeen() throws {
    try withTemporaryFolder { folder in
      let (bytes, arena) = try written(in: folder)
      #expect(try step(of: bytes, arena) == 7)
      for length in bytes.indices {
        #expect(try step(of: Array(bytes[..<length]), arena) == nil, "\(length) bytes")
        // Where a file system gave it its length, and zeros.
        let zeros = [UInt8](repeating: 0, count: bytes.count - length)
        let padded = Array(bytes[..<length]) + zeros
        if padded == bytes { continue }
        #expect(try step(of: padded, arena) == nil, "zeros from \(length) on")
      }
      #expect(try step(of: bytes + [0], arena) == nil)
    }
  }

  @Test func epochsReadBackToTheLastBit() throws {
    try withTemporaryFolder { folder in
      let arena = network().arena
      var state = TrainingState(trial: Self.trial)
      state.records = (1...3).map { record($0) }
      state.records[1].testLoss = .infinity
      try CheckpointFolder("\(folder)/trial").save(state, arena)
      let found = CheckpointFolder("\(folder)/trial").newestState(trial: Self.trial, arena)
      #expect(found.state == state)
    }
  }

  /// Each checkpoint holds all epochs, those of the ones before too.
  @Test func aWriterAddsTheNewEpochs() throws {
    try withTemporaryFolder { folder in
      let arena = network().arena
      let checkpoints = CheckpointFolder("\(folder)/trial")
      let writer = CheckpointWriter(checkpoints, arena: arena)
      var state = TrainingState(trial: Self.trial)
      for epochs in [2, 2, 5] {
        state.records = (0..<epochs).map { record($0 + 1) }
        writer.start(state, arena)
        writer.finish()
        #expect(writer.failure == nil)
        #expect(checkpoints.newestState(trial: Self.trial, arena).state == state)
      }
    }
  }

  /// A header may have 100 MB, and a trial a million epochs: they lie behind it.
  @Test func epochsTakeNoRoomInTheHeader() throws {
    try withTemporaryFolder { folder in
      func headerLength(_ epochs: Int) throws -> Int {
        var state = TrainingState(trial: Self.trial)
        state.records = (0..<epochs).map { record($0 + 1) }
        try CheckpointFolder("\(folder)/trial").save(state, network().arena)
        let path = "\(folder)/trial/\(CheckpointFolder.newest)"
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        return bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
      }
      // A few digits more.
      let (many, one) = (try headerLength(1000), try headerLength(1))
      #expect(many < one + 64)
    }
  }

  @Test func aHeaderThatNobodyWouldReadIsNotWritten() throws {
    try withTemporaryFolder { folder in
      let arena = network().arena
      try write(step: 1, arena, folder, POSIXFileSystem())
      let long = TrainingState(trial: String(repeating: "a", count: 1 << 24))
      let error = try failure { try CheckpointFolder("\(folder)/trial").save(long, arena) }
      #expect(error?.reason.contains("16777216 is the most") == true)
      #expect(try step(in: folder, arena) == 1)
    }
  }

  /// A disk that doesn't give a checkpoint back says nothing against the checkpoint: it is kept.
  @Test(arguments: [EIO, EMFILE, EACCES, ESTALE]) func whatCannotBeReadIsKept(_ code: Int32) throws
  {
    try withTemporaryFolder { folder in
      let arena = network().arena
      for step in 1...2 { try write(step: step, arena, folder, POSIXFileSystem()) }
      let path = "\(folder)/trial/\(CheckpointFolder.newest)"
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      let disk = UnreadableFileSystem(path, code: code, times: .max)
      let found = CheckpointFolder("\(folder)/trial", fileSystem: disk)
        .newestState(trial: Self.trial, arena)
      #expect(found.state?.step == 1)
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
    try withTemporaryFolder { folder in
      let arena = network().arena
      for step in 1...2 { try write(step: step, arena, folder, POSIXFileSystem()) }
      let path = "\(folder)/trial/\(CheckpointFolder.newest)"
      let disk = UnreadableFileSystem(path, code: ESTALE, times: 2)
      let found = CheckpointFolder("\(folder)/trial", fileSystem: disk)
        .newestState(trial: Self.trial, arena)
      #expect(found.state?.step == 2 && found.notes == [])
    }
  }

  /// Not damage either: a file that some other program or trial wrote.
  @Test func anotherTrialsIsKept() throws {
    try withTemporaryFolder { folder in
      let arena = network().arena
      try write(step: 1, arena, folder, POSIXFileSystem())
      let checkpoints = CheckpointFolder("\(folder)/trial")
      let found = checkpoints.newestState(trial: "fedcba9876543210", arena)
      #expect(found.state?.step == nil)
      #expect(found.notes.first?.contains("it belongs to another trial; it is kept as") == true)
      #expect(names(in: folder) == ["\(CheckpointFolder.newest).unused"])
      // A folder under its name can't be read as a file.
      try FileManager.default.createDirectory(
        atPath: "\(folder)/trial/\(CheckpointFolder.newest)", withIntermediateDirectories: false)
      let note = checkpoints.newestState(trial: Self.trial, arena).notes.first
      #expect(note?.contains("Is a directory") == true)
    }
  }

  @Test func aDamagedOneIsRemoved() throws {
    try withTemporaryFolder { folder in
      let arena = network().arena
      for step in 1...2 { try write(step: step, arena, folder, POSIXFileSystem()) }
      let path = "\(folder)/trial/\(CheckpointFolder.newest)"
      #expect(truncate(path, 100) == 0)
      let found = CheckpointFolder("\(folder)/trial").newestState(trial: Self.trial, arena)
      #expect(found.state?.step == 1)
      #expect(found.notes.first?.contains("it was removed") == true)
      #expect(names(in: folder) == [CheckpointFolder.previous])
    }
  }

  /// A checkpoint holds the slots of the network's own optimizer, and no other network takes it.
  @Test func theSlotsAreTheOptimizers() throws {
    try withTemporaryFolder { folder in
      let arenas = [Adam.self as any Optimizer.Type, SGD.self].map { network($0).arena }
      for (arena, other) in [(arenas[0], arenas[1]), (arenas[1], arenas[0])] {
        try write(step: 3, arena, folder, POSIXFileSystem())
        let bytes = [UInt8](
          try Data(contentsOf: URL(fileURLWithPath: "\(folder)/trial/\(CheckpointFolder.newest)")))
        let text = String(decoding: bytes.prefix(2000), as: UTF8.self)
        for optimizer in OptimizerSpec.known {
          for slot in optimizer.slots {
            #expect(text.contains("\"\(slot)\"") == arena.slotNames.contains(slot), "\(slot)")
          }
        }
        #expect(try step(of: bytes, arena) == 3)
        #expect(try step(of: bytes, other) == nil)
      }
    }
  }

  // MARK: - Support

  private static let trial = "0123456789abcdef"

  private func network(_ optimizer: any Optimizer.Type = Adam.self) -> Network {
    Network(
      NetworkSpec(
        input: ImageShape(height: 2, width: 3, channels: 1), hidden: [5], classes: 3,
        activation: .relu, dropout: 0), capacity: 1, seed: 1, optimizer: optimizer)
  }

  private func write(
    step: Int, _ arena: ParameterArena, _ folder: String, _ fileSystem: any FileSystem
  ) throws {
    var state = TrainingState(trial: Self.trial)
    state.step = step
    try CheckpointFolder("\(folder)/trial", fileSystem: fileSystem).save(state, arena)
  }

  private func step(in folder: String, _ arena: ParameterArena) throws -> Int? {
    CheckpointFolder("\(folder)/trial").newestState(trial: Self.trial, arena).state?.step
  }

  /// A checkpoint of step 7 with two epochs, as bytes.
  private func written(in folder: String) throws -> ([UInt8], ParameterArena) {
    let arena = network().arena
    var state = TrainingState(trial: Self.trial)
    state.step = 7
    state.records = [record(1), record(2)]
    try CheckpointFolder("\(folder)/trial").save(state, arena)
    let path = "\(folder)/trial/\(CheckpointFolder.newest)"
    return ([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))), arena)
  }

  /// The step of the checkpoint that some bytes are taken for.
  private func step(of bytes: [UInt8], _ arena: ParameterArena) throws -> Int? {
    CheckpointFolder(
      "trial", fileSystem: StillFileSystem(["trial/\(CheckpointFolder.newest)": bytes])
    )
    .newestState(trial: Self.trial, arena).state?.step
  }

  private func record(_ epoch: Int) -> EpochRecord {
    EpochRecord(
      epoch: epoch, trainLoss: 1 / Double(epoch + 2), trainAccuracy: 0.1 + 0.2,
      testLoss: 1e-300, testAccuracy: 1, seconds: .pi, sampledTrainLoss: 0.1 * 3,
      sampledTrainAccuracy: 0.25, stepSeconds: 0.001, layers: [layer("fc1")])
  }

  private func layer(_ name: String) -> LayerRecord {
    LayerRecord(
      layer: name, units: 4, deadUnits: 1, saturatedShare: 0.5, mean: -1.0 / 3,
      standardDeviation: 2, gradientNorm: 0.1)
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
}
