import DataParallel
import Experiments
import Foundation
import NeuralNet
import Storage
import Support
import TestSupport
import Testing

/// A machine that loses power keeps what was synchronised, and of the rest what it likes.
@Suite struct PowerLossTests {
  @Test func aCheckpointGoesToTheDiskBeforeItGetsItsName() throws {
    try withTemporaryFolder { folder in
      let disk = RecordingFileSystem()
      try write(step: 1, in: folder, disk)
      let first = disk.log.count
      try write(step: 2, in: folder, disk)
      let trial = "\(folder)/trial"
      let newest = "\(trial)/\(CheckpointFolder.newest)"
      let writing = ["write \(newest).partial", "fsync \(newest).partial"]
      let naming = [
        "rename \(newest) \(trial)/\(CheckpointFolder.previous)",
        "rename \(newest).partial \(newest)", "fsync \(trial)",
      ]
      let made = ["mkdir \(trial)", "fsync \(folder)"]
      // The first has no predecessor to be kept.
      #expect(summary(disk.log[..<first]) == made + writing + naming.dropFirst())
      #expect(summary(disk.log[first...]) == made.prefix(1) + writing + naming)
    }
  }

  @Test(arguments: PowerLoss.allCases)
  func whenPowerFailsTheLastCheckpointIsThere(_ loss: PowerLoss) throws {
    try withTemporaryFolder { folder in
      let disk = RecordingFileSystem()
      var ends: [Int] = []
      for step in 1...3 {
        try write(step: step, in: folder, disk)
        ends.append(disk.log.count)
      }
      for length in 0...disk.log.count {
        let survivors = DiskModel(disk.log.prefix(length), roots: [folder]).survivors(of: loss)
        let written = ends.count { $0 <= length }
        let found = try step(in: survivors, "\(folder)/trial")
        #expect(
          found == written || found == written + 1,
          "\(loss) after \(length) calls, \(written) checkpoints: \(found)")
      }
    }
  }

  @Test func filesGoToTheDiskBeforeTheyGetTheirNames() throws {
    try withTemporaryFolder { folder in
      let disk = RecordingFileSystem()
      let writer = AtomicWriter(fileSystem: disk)
      try writer.createFolder("\(folder)/new")
      try writer.write([("a", [1]), ("b", [2])], into: "\(folder)/new")
      let (a, b) = ("\(folder)/new/a", "\(folder)/new/b")
      #expect(
        summary(disk.log[...]) == [
          "mkdir \(folder)/new", "fsync \(folder)", "write \(a).partial", "write \(b).partial",
          "fsync \(a).partial", "fsync \(b).partial", "rename \(a).partial \(a)",
          "rename \(b).partial \(b)", "fsync \(folder)/new",
        ])
    }
  }

  /// However the folder is written.
  @Test func theFolderAroundANewOneIsSynchronised() throws {
    try withTemporaryFolder { folder in
      let disk = RecordingFileSystem()
      try disk.createFolder("\(folder)/a/")
      try disk.createFolder("\(folder)/a//b")
      // It is there: nothing is new.
      try disk.createFolder("\(folder)/a/")
      #expect(
        summary(disk.log[...]) == [
          "mkdir \(folder)/a/", "fsync \(folder)", "mkdir \(folder)/a//b", "fsync \(folder)/a/",
          "mkdir \(folder)/a/",
        ])
    }
  }

  @Test(arguments: PowerLoss.allCases)
  func whenPowerFailsAFileIsTheOldOneOrTheNewOne(_ loss: PowerLoss) throws {
    try withTemporaryFolder { folder in
      let disk = RecordingFileSystem()
      let writer = AtomicWriter(fileSystem: disk)
      let names = ["a", "b"]
      func bytes(_ version: Int) -> [UInt8] { [UInt8](repeating: UInt8(version), count: 50) }
      var ends: [Int] = []
      for version in 1...3 {
        try writer.write(names.map { ($0, bytes(version)) }, into: folder)
        ends.append(disk.log.count)
      }
      for length in 0...disk.log.count {
        let survivors = DiskModel(disk.log.prefix(length), roots: [folder]).survivors(of: loss)
        let written = ends.count { $0 <= length }
        for name in names {
          let found = survivors["\(folder)/\(name)"]
          let allowed = [written, written + 1].map { $0 == 0 ? nil : bytes($0) }
          #expect(allowed.contains(found), "\(loss) after \(length) calls: \(name)")
        }
      }
    }
  }

  /// The model itself forgets what wasn't synchronised.
  @Test func theModelForgets() throws {
    try withTemporaryFolder { folder in
      let disk = RecordingFileSystem()
      let path = "\(folder)/a"
      let file = try disk.open(path, O_WRONLY | O_CREAT)
      try disk.writeAll(file, [1, 2])
      func survivors(_ loss: PowerLoss) -> [String: [UInt8]] {
        DiskModel(disk.log[...], roots: [folder]).survivors(of: loss)
      }
      #expect(survivors(.everythingUnsynchronised) == [:])
      #expect(survivors(.contents) == [path: []])
      #expect(survivors(.halfOfContents) == [path: [1]])
      try disk.synchronize(file)
      #expect(survivors(.everythingUnsynchronised) == [:])
      #expect(survivors(.contents) == [path: [1, 2]])
      try disk.synchronize(folder: folder)
      #expect(survivors(.everythingUnsynchronised) == [path: [1, 2]])
      try disk.rename(path, to: "\(folder)/b")
      #expect(survivors(.everythingUnsynchronised) == [path: [1, 2]])
      #expect(survivors(.contents) == ["\(folder)/b": [1, 2]])
      disk.close(file)
    }
  }

  // MARK: - Support

  /// The calls in a few words each; a file's writes count as one.
  private func summary(_ log: ArraySlice<RecordingFileSystem.Call>) -> [String] {
    var lines: [String] = []
    for call in log {
      let line: String? =
        switch call {
        case .createDirectory(let path): "mkdir \(path)"
        case .write(let path, _): "write \(path)"
        case .synchronize(let path): "fsync \(path)"
        case .rename(let old, let new): "rename \(old) \(new)"
        case .remove(let path): "remove \(path)"
        case .open, .truncate: nil
        }
      if let line, line != lines.last { lines.append(line) }
    }
    return lines
  }

  private func write(step: Int, in folder: String, _ disk: RecordingFileSystem) throws {
    var state = TrainingState(trial: "0123456789abcdef")
    state.step = step
    try CheckpointFolder("\(folder)/trial", fileSystem: disk).save(state, Self.network().arena)
  }

  /// The step that a trial would go on from with these files; 0 for its beginning.
  private func step(in files: [String: [UInt8]], _ trial: String) throws -> Int {
    let disk = StillFileSystem(files)
    return CheckpointFolder(trial, fileSystem: disk)
      .newestState(trial: "0123456789abcdef", Self.network().arena).state?.step ?? 0
  }

  private static func network() -> Network {
    Network(
      NetworkSpec(
        input: ImageShape(height: 2, width: 3, channels: 1), hidden: [5], classes: 3,
        activation: .relu, dropout: 0), capacity: 1, seed: 1)
  }
}
