import Experiments
import Foundation
import Models
import Testing

/// What can be wrong with a config file before its text is looked at.
@Suite final class ConfigFileTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("config-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func write(_ data: Data, to name: String) throws -> String {
    let url = folder.appendingPathComponent(name)
    try data.write(to: url)
    return url.path
  }

  private func problem(_ path: String) -> ConfigError.Problem? {
    do {
      _ = try StudyConfig(contentsOf: path)
      return nil
    } catch {
      return error.problems.first
    }
  }

  @Test func missingFileAndFolderAreNamed() throws {
    let missing = folder.appendingPathComponent("none.yaml").path
    #expect(problem(missing)?.location == ConfigLocation(source: missing))
    #expect(problem(folder.path)?.message.contains("folder") == true)
  }

  /// As `<(…)` and `/dev/stdin` are: what has an end or none, and can't be read twice.
  @Test func pipesAndDevicesAreToBeWrittenToAFileFirst() throws {
    let pipe = folder.appendingPathComponent("pipe.yaml").path
    try #require(mkfifo(pipe, 0o600) == 0)
    for path in [pipe, "/dev/zero", "/dev/null"] {
      let found = try #require(problem(path))
      #expect(found.location == ConfigLocation(source: path))
      #expect(
        found.message.hasPrefix("expected a file, found a \(path == pipe ? "pipe" : "device"); "))
      #expect(found.message.contains("write it to a file first"))
    }
    // A folder isn't written to a file.
    #expect(problem(folder.path)?.message == "expected a file, found a folder")
    // What comes from a file by another name is one.
    let file = try write(Data(minimalYAML.utf8), to: "config.yaml")
    let descriptor = try #require(FileHandle(forReadingAtPath: file))
    let config = try StudyConfig(
      contentsOf: "/dev/fd/\(descriptor.fileDescriptor)", overrides: ["name=a"])
    #expect(config.trials.count == 1)
  }

  @Test func bytesThatAreNotUTF8PointToTheirLine() throws {
    let path = try write(
      Data("datasets: [mnist]\nname: \"gr".utf8) + Data([0xfc]) + Data("n\"\n".utf8), to: "a.yaml")
    let found = try #require(problem(path))
    #expect(found.location.line == 2)
    #expect(found.message.contains("UTF-8"))
  }

  @Test func hugeFileIsRefused() throws {
    let path = try write(Data(repeating: 0x23, count: (1 << 20) + 1), to: "huge.yaml")
    #expect(problem(path)?.message.contains("bytes") == true)
  }

  @Test func byteOrderMarkAndCarriageReturnsAreRead() throws {
    let text = minimalYAML.replacing("\n", with: "\r\n")
    let path = try write(Data([0xef, 0xbb, 0xbf]) + Data(text.utf8), to: "windows.yaml")
    #expect(try StudyConfig(contentsOf: path).trials.count == 1)
  }

  @Test func theStemNamesTheStudyAndTheFolderIsTheBase() throws {
    let text = """
      datasets: [{name: mine, idx: images}, {name: t, csv: ../t.csv, label: y}]
      architectures: [ffnn]
      activations: [relu]
      training: {epochs: 2}
      """
    let config = try StudyConfig(contentsOf: try write(Data(text.utf8), to: "my-study.v2.yaml"))
    #expect(config.name == "my-study.v2")
    let base = folder.standardizedFileURL
    #expect(
      config.datasets.map(\.source) == [
        DataSource(IDXFormat(), ["idx": .text(base.appendingPathComponent("images").path)]),
        DataSource(
          CSVFormat(),
          [
            "csv": .text(base.deletingLastPathComponent().appendingPathComponent("t.csv").path),
            "label": .text("y"), "test-fraction": .number(0.2),
          ]),
      ])
  }

  @Test func aStemThatNamesNoFolderAsksForAName() throws {
    let path = try write(Data(minimalYAML.utf8), to: "my study.yaml")
    #expect(problem(path)?.key == "name")
    #expect(
      try StudyConfig(contentsOf: path, overrides: ["name=mine"]).name == "mine")
  }
}
