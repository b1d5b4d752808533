import Foundation
import Support
import TestSupport
import Testing

/// Links planted where files are written: their targets stay as they are.
@Suite struct LinkTests {
  private static let kept = [UInt8]("what is kept".utf8)

  /// A folder `run` for writing, beside a file and a folder that mustn't change.
  private func withFolders(_ body: (_ run: String, _ file: String, _ folder: String) throws -> Void)
    throws
  {
    try withTemporaryFolder { parent in
      let (run, other) = ("\(parent)/run", "\(parent)/other")
      try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: false)
      try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
      try Data(Self.kept).write(to: URL(fileURLWithPath: "\(parent)/file"))
      try Data(Self.kept).write(to: URL(fileURLWithPath: "\(other)/file"))
      try body(run, "\(parent)/file", other)
      #expect(try bytes("\(parent)/file") == Self.kept)
      #expect(try names(in: other) == ["file"] && bytes("\(other)/file") == Self.kept)
    }
  }

  @Test func aFileIsNotOpenedForWritingByALink() throws {
    try withFolders { run, file, _ in
      try link("\(run)/x", to: file)
      for fileSystem in [POSIXFileSystem(), POSIXFileSystem().within(run)] as [any FileSystem] {
        #expect(throws: SystemCallError(code: ELOOP)) {
          try fileSystem.open("\(run)/x", O_WRONLY | O_CREAT | O_APPEND)
        }
      }
      try link("\(run)/nowhere", to: "\(run)/other")
      #expect(throws: SystemCallError(code: ELOOP)) {
        try POSIXFileSystem().open("\(run)/nowhere", O_WRONLY | O_CREAT)
      }
      #expect(try names(in: run) == ["nowhere", "x"])
    }
  }

  @Test func aFileWithAnotherNameIsNotOpenedForWriting() throws {
    try withFolders { run, file, _ in
      try FileManager.default.linkItem(atPath: file, toPath: "\(run)/x")
      #expect(throws: SystemCallError.hasOtherNames) {
        try POSIXFileSystem().open("\(run)/x", O_WRONLY)
      }
    }
  }

  /// Needs root, which alone can change a folder's owner.
  @Test(.enabled(if: geteuid() == 0, "it takes root"))
  func nothingIsReadOrWrittenInAFolderOfAnotherUser() throws {
    try withFolders { run, _, _ in
      let fileSystem = POSIXFileSystem().within(run)
      try FileManager.default.createDirectory(
        atPath: "\(run)/trials", withIntermediateDirectories: false)
      try Data(Self.kept).write(to: URL(fileURLWithPath: "\(run)/trials/x"))
      #expect(try fileSystem.read("\(run)/trials/x", atMost: 100) == Self.kept)
      try #require(chown("\(run)/trials", 54_321, 54_321) == 0)
      #expect(throws: SystemCallError.foreign) {
        try fileSystem.read("\(run)/trials/x", atMost: 100)
      }
      #expect(throws: SystemCallError.foreign) {
        try fileSystem.open("\(run)/trials/y", O_WRONLY | O_CREAT)
      }
      // The whole folder is another user's: a user who names it may use it.
      try #require(chown(run, 54_321, 54_321) == 0)
      let theirs = POSIXFileSystem().within(run)
      #expect(try theirs.read("\(run)/trials/x", atMost: 100) == Self.kept)
      #expect(chown(run, geteuid(), getegid()) == 0)
    }
  }

  /// A new file replaces a link of either kind.
  @Test(arguments: [true, false]) func whatIsWrittenWholeReplacesALink(isSymbolic: Bool) throws {
    try withFolders { run, file, _ in
      for name in ["a", "a.partial"] {
        if isSymbolic {
          try link("\(run)/\(name)", to: file)
        } else {
          try FileManager.default.linkItem(atPath: file, toPath: "\(run)/\(name)")
        }
      }
      try AtomicWriter(fileSystem: POSIXFileSystem().within(run)).write([("a", [1, 2])], into: run)
      #expect(try names(in: run) == ["a"] && bytes("\(run)/a") == [1, 2])
      #expect(
        try FileManager.default.attributesOfItem(atPath: "\(run)/a")[.type] as? FileAttributeType
          == .typeRegular)
    }
  }

  /// Every call behind a link to a folder is refused.
  @Test func noFolderBelowTheRootIsReachedByALink() throws {
    try withFolders { run, _, other in
      try link("\(run)/trials", to: other)
      let files = POSIXFileSystem().within(run)
      let refusal = SystemCallError(code: ELOOP)
      #expect(throws: refusal) { try files.createDirectory("\(run)/trials") }
      #expect(throws: refusal) { try files.createDirectory("\(run)/trials/1") }
      #expect(throws: refusal) { try files.openNew("\(run)/trials/x") }
      #expect(throws: refusal) { try files.open("\(run)/trials/file", O_WRONLY) }
      #expect(throws: refusal) { try files.read("\(run)/trials/file", atMost: 100) }
      #expect(throws: refusal) { try files.rename("\(run)/trials/file", to: "\(run)/file") }
      #expect(throws: refusal) { try files.link("\(run)/trials/file", to: "\(run)/file") }
      files.remove("\(run)/trials/file")
      try Data([1]).write(to: URL(fileURLWithPath: "\(run)/mine"))
      #expect(throws: refusal) { try files.rename("\(run)/mine", to: "\(run)/trials/file") }
    }
  }

  /// At any depth, even if planted while the folder is in use.
  @Test func aFolderThatBecomesALinkIsNoticed() throws {
    try withFolders { run, _, other in
      let files = POSIXFileSystem().within(run)
      let writer = AtomicWriter(fileSystem: files)
      try writer.createFolder("\(run)/trials")
      try writer.createFolder("\(run)/trials/1")
      try writer.write([("x", [1])], into: "\(run)/trials/1")
      try FileManager.default.moveItem(atPath: "\(run)/trials/1", toPath: "\(run)/trials/2")
      try link("\(run)/trials/1", to: other)
      let error = #expect(throws: WriteError.self) {
        try writer.write([("x", [2])], into: "\(run)/trials/1")
      }
      #expect(error?.exitCode == .cannotWrite)
      #expect(error?.description.contains("a symbolic link is in the way") == true)
      #expect(error?.description.contains("move it away") == true)
    }
  }

  /// The path of the user's own folder may contain links; the folder stays the same afterwards.
  @Test func theRootItselfMayBeALinkAndIsKept() throws {
    try withFolders { run, _, other in
      let named = "\(run)-named"
      try link(named, to: run)
      defer { try? FileManager.default.removeItem(atPath: named) }
      let writer = AtomicWriter(fileSystem: POSIXFileSystem().within(named))
      try writer.write([("a", [1])], into: named)
      try FileManager.default.removeItem(atPath: named)
      try link(named, to: other)
      try writer.write([("a", [2])], into: named)
      #expect(try bytes("\(run)/a") == [2])
    }
  }
}

/// Anything but a file of the expected kind is refused at once and unread.
@Suite struct UnreadableFileTests {
  private func refusal(of path: String, limit: Int = 1 << 30) -> SystemCallError? {
    for fileSystem in [POSIXFileSystem(), POSIXFileSystem().within("/dev")] as [any FileSystem] {
      do throws(SystemCallError) {
        _ = try fileSystem.read(path, atMost: limit)
      } catch {
        return error
      }
    }
    return nil
  }

  @Test func devicesAndPipesAreRefused() throws {
    try withTemporaryFolder { folder in
      let pipe = "\(folder)/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      #expect(refusal(of: pipe) == .pipe)
      #expect(throws: SystemCallError.self) { try POSIXFileSystem().open(pipe, O_WRONLY) }
      #expect(refusal(of: "/dev/zero") == .device)
      #expect(refusal(of: folder) == SystemCallError(code: EISDIR))
      #expect(refusal(of: "\(folder)/none") == SystemCallError(code: ENOENT))
    }
  }

  /// A sparse file of a terabyte: reading it would exhaust the memory.
  @Test func whatIsTooLongIsRefused() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x"
      let file = try POSIXFileSystem().open(path, O_WRONLY | O_CREAT)
      defer { POSIXFileSystem().close(file) }
      try POSIXFileSystem().writeAll(file, [1, 2, 3])
      #expect(try POSIXFileSystem().read(path, atMost: 3) == [1, 2, 3])
      #expect(refusal(of: path, limit: 2) == .tooLong)
      try POSIXFileSystem().truncate(file, to: 1 << 40)
      for limit in [ReadLimit.text, ReadLimit.journal, ReadLimit.weights] {
        #expect(refusal(of: path, limit: limit) == .tooLong)
      }
    }
  }
}

private func link(_ path: String, to other: String) throws {
  try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: other)
}

private func bytes(_ path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}
