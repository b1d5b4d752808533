import DataParallel
import Experiments
import Foundation
import Glibc
import NeuralNet
import Synchronization
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

  // MARK: - Support

  private func network() -> Network {
    Network(
      NetworkSpec(
        input: ImageShape(height: 2, width: 3, channels: 1), hidden: [5], classes: 3,
        activation: .relu, dropout: 0), capacity: 1, seed: 1)
  }

  private func write(
    step: Int, _ arena: ParameterArena, _ folder: String, _ fileSystem: any FileSystem
  ) throws {
    var state = TrialState(trial: "0123456789abcdef")
    state.step = step
    try CheckpointFolder("\(folder)/trial", fileSystem: fileSystem).save(state, arena)
  }

  private func step(in folder: String, _ arena: ParameterArena) throws -> Int? {
    CheckpointFolder("\(folder)/trial").newestStep(trial: "0123456789abcdef", arena)
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

/// The machine's file system, whose `failAt`-th call, counted from 0, fails; with `crashes` all after
/// it too, and files aren't removed any more.
private final class CountingFileSystem: FileSystem {
  private let real = POSIXFileSystem()
  private let failAt: Int
  private let code: Int32
  private let crashes: Bool
  private let calls = Mutex(0)

  init(failAt: Int, code: Int32, crashes: Bool) {
    self.failAt = failAt
    self.code = code
    self.crashes = crashes
  }

  var hasFailed: Bool { calls.withLock { $0 > failAt } }

  private func count() throws(SystemCallError) {
    let number = calls.withLock { calls in
      defer { calls += 1 }
      return calls
    }
    if number == failAt || (crashes && number > failAt) { throw SystemCallError(code: code) }
  }

  func createDirectory(_ path: String) throws(SystemCallError) {
    try count()
    try real.createDirectory(path)
  }

  func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32 {
    try count()
    return try real.open(path, flags)
  }

  func write(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer
  ) throws(SystemCallError) -> Int {
    // Half of what it is given reaches the disk before it fails.
    do {
      try count()
    } catch {
      let half = UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count / 2))
      _ = try real.write(descriptor, half)
      throw error
    }
    return try real.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(1000)))
  }

  func truncate(_ descriptor: Int32, to length: Int) throws(SystemCallError) {
    try count()
    try real.truncate(descriptor, to: length)
  }

  func synchronize(_ descriptor: Int32) throws(SystemCallError) {
    try count()
    try real.synchronize(descriptor)
  }

  func close(_ descriptor: Int32) { real.close(descriptor) }

  func rename(_ old: String, to new: String) throws(SystemCallError) {
    try count()
    try real.rename(old, to: new)
  }

  func remove(_ path: String) {
    if crashes, hasFailed { return }
    real.remove(path)
  }
}
