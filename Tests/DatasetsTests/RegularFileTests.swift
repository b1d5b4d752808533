import Datasets
import Foundation
import Models
import Testing

/// What is no file, or far too long, is refused unread. Where one of these is read after all, the test
/// doesn't end, or takes all memory.
@Suite(.timeLimit(.minutes(2))) struct RegularFileTests {
  private func digest(_ path: String) throws -> [String] {
    try realData.digests(of: "t", DataSource(CSVFormat(), ["csv": .text(path)]))
  }

  /// Each reader of data, on one path.
  private func errors(_ path: String) -> [DatasetError?] {
    [
      datasetError { _ = try ImageFile(path) },
      datasetError { _ = try read(csv: path) },
      datasetError { _ = try digest(path) },
    ]
  }

  @Test func aPipeThatNobodyWritesToIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    for error in errors(path) {
      #expect(
        error?.description
          == "\(path): it is a pipe, but a file is needed: write it to a file first.")
      #expect(error?.isMissing == false)
    }
    try SmallImages().write(into: folder)
    try FileManager.default.removeItem(atPath: folder.path + "/t10k-labels-idx1-ubyte")
    #expect(mkfifo(folder.path + "/t10k-labels-idx1-ubyte", 0o600) == 0)
    let images = datasetError { _ = try read(idx: folder.path) }
    #expect(images?.description.contains("it is a pipe") == true)
  }

  @Test(arguments: [
    ("/dev/zero", "a device", ": write it to a file first"),
    ("/dev/null", "a device", ": write it to a file first"), ("/tmp", "a folder", ""),
  ])
  func devicesAndFoldersAreRefused(path: String, what: String, advice: String) {
    for error in errors(path) {
      #expect(error?.description == "\(path): it is \(what), but a file is needed\(advice).")
      #expect(error?.isMissing == false)
    }
  }

  @Test func aLinkToADeviceIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/t.csv"
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
    for error in errors(path) { #expect(error?.description.contains("it is a device") == true) }
  }

  /// A terabyte that takes no room on the disk.
  @Test func aFileOfATerabyteIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("t.csv", "a,kind\n")
    try #require(truncate(path, 1 << 40) == 0)
    for error in errors(path) {
      #expect(error?.description.contains("\(1 << 40) bytes; no more than \(1 << 30)") == true)
      #expect(error?.isMissing == false)
    }
  }

  @Test func aFileThatIsNotThereIsMissing() {
    for error in errors("/none/t.csv") {
      #expect(error?.description == "/none/t.csv: no such file.")
      #expect(error?.isMissing == true)
    }
  }

  /// The kernel's files tell no size.
  @Test func aFileWithoutASizeIsReadToItsEnd() throws {
    let version = try String(contentsOfFile: "/proc/version", encoding: .utf8)
    let folder = try TemporaryFolder()
    let copy = try folder.write("copy", version)
    #expect(try digest("/proc/version") == digest(copy))
  }
}
