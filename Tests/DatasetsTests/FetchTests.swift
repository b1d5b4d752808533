import Datasets
import Foundation
import Models
import Testing

/// Fetching with a curl and a python3 of the tests' own in PATH, or a `pip` in the folder at hand.
@Suite struct FetchTests {
  /// A program that writes down its arguments and its folder, and then does `body`.
  private static func program(_ name: String, in folder: TemporaryFolder, _ body: String) throws {
    let path = try folder.write(
      "bin/\(name)",
      """
      #!/bin/sh
      log="\(folder.path)/\(name).log"
      echo "in $(pwd): $(ls)" >>"$log"
      for word; do echo "$word" >>"$log"; done
      \(body)
      """)
    #expect(chmod(path, 0o755) == 0)
  }

  /// What `data/wdbc` holds and what was noted, after a fetch from `folder` as the folder at hand.
  private static func fetch(from folder: TemporaryFolder) throws -> (
    files: [String], notes: [String]
  ) {
    #expect(FileManager.default.changeCurrentDirectoryPath(folder.path))
    setenv("PATH", folder.path + "/bin:" + (getenv("PATH").map { String(cString: $0) } ?? ""), 1)
    // The real pip looks nowhere.
    setenv("PIP_NO_INDEX", "1", 1)
    var notes: [String] = []
    let error = datasetError {
      _ = try DatasetFetcher(target: "data").fetch(.wdbc) { notes.append($0) }
    }
    #expect(error?.isMissing == true)
    #expect(error?.description.contains("wdbc.data can't be fetched from here") == true)
    return (try FileManager.default.contentsOfDirectory(atPath: "data/wdbc"), notes)
  }

  private static func log(_ name: String, in folder: TemporaryFolder) throws -> [String] {
    try String(contentsOfFile: "\(folder.path)/\(name).log", encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }

  @Test func nothingInTheFolderAtHandIsRun() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      try Self.program("curl", in: folder, "exit 22")
      for module in ["pip/__init__.py", "pip/__main__.py", "zipfile.py", "sitecustomize.py"] {
        try folder.write(module, "open('\(folder.path)/hijacked', 'w')\n")
      }
      let (files, notes) = try Self.fetch(from: folder)
      #expect(files.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/hijacked"))
      // It was tried.
      #expect(notes.contains { $0.hasPrefix("running python3 -I -m pip download") })
      #expect(notes.contains { $0.hasPrefix("pip ended with status") })
    }
  }

  @Test func bothProgramsRunInAnEmptyFolderAndAreToldBefore() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      try Self.program("curl", in: folder, "exit 22")
      try Self.program("python3", in: folder, "exit 1")
      let (files, notes) = try Self.fetch(from: folder)
      #expect(files.isEmpty)
      let curl = try Self.log("curl", in: folder)
      #expect(curl.first?.hasPrefix("in \(folder.path)/data/wdbc/fetch-") == true)
      #expect(curl.first?.hasSuffix(": ") == true)
      // The first argument, or ~/.curlrc is read.
      #expect(curl.dropFirst().first == "-q")
      #expect(curl.contains("=https") && curl.contains("--max-filesize"))
      let python = try Self.log("python3", in: folder)
      #expect(python.first?.hasSuffix(": wheel.txt") == true)
      #expect(Array(python[1...4]) == ["-I", "-m", "pip", "download"])
      for flag in ["--only-binary=:all:", "--no-deps", "--require-hashes"] {
        #expect(python.contains(flag))
      }
      #expect(notes.contains { $0.hasSuffix(python[1...].joined(separator: " ")) })
      // Of curl the file and the host: its options are the same each time.
      let address = try #require(curl.last.flatMap { URL(string: $0) })
      #expect(
        notes.contains("fetching wdbc.data from \(try #require(address.host)) with curl"))
    }
  }

  /// What comes with the right name and other contents isn't kept.
  @Test func otherContentsAreNotKept() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      try Self.program("curl", in: folder, "echo 1,M,2 >wdbc.data")
      try Self.program("python3", in: folder, "mkdir -p wheel; echo x >wheel/a.whl")
      let (files, notes) = try Self.fetch(from: folder)
      #expect(files.isEmpty)
      #expect(notes.contains("not the right contents"))
      #expect(notes.contains("not the right wheel"))
    }
  }
}
