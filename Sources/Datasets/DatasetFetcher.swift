import Foundation

/// Gets the known data sets from the network, with curl and, for WDBC, pip.
public struct DatasetFetcher: Sendable {
  private let target: String

  /// Fetches into a folder per data set under `target`.
  public init(target: String) { self.target = target }

  /// Fetches what is missing of a data set; a file is in place only when its digest is right.
  ///
  /// - Parameter note: told of every attempt.
  /// - Returns: the folder.
  /// - Throws: `DatasetError`, missing, with how to get the files by hand.
  @discardableResult
  public func fetch(_ dataset: KnownDataset, note: (String) -> Void = { _ in }) throws -> String {
    let folder = target + "/" + dataset.name
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw DatasetError.missing("\(folder): it can't be made: \(error.localizedDescription)")
    }
    for file in dataset.files where DatasetSearch.file(file.name, in: folder) == nil {
      if download(file, of: dataset, into: folder, note: note) { continue }
      if dataset == .wdbc, takeFromWheel(into: folder, note: note) { continue }
      throw DatasetError.missing(
        "\(dataset.name): \(file.name) can't be fetched from here. Put it (plain or .gz) into "
          + "\(folder), from \(dataset.mirrors.joined(separator: " or ")).")
    }
    return folder
  }

  private func download(
    _ file: KnownDataset.File, of dataset: KnownDataset, into folder: String,
    note: (String) -> Void
  ) -> Bool {
    let name = dataset == .wdbc ? file.name : file.name + ".gz"
    for mirror in dataset.mirrors {
      let part = folder + "/" + name + ".part"
      defer { try? FileManager.default.removeItem(atPath: part) }
      note("fetching \(mirror)\(name)")
      let status = Self.run([
        "curl", "--fail", "--silent", "--location", "--proto", "=https", "--connect-timeout", "5",
        "--max-time", "300", "--output", part, mirror + name,
      ])
      guard status == 0, let bytes = try? FileContents.read(part),
        FileContents.digest(bytes) == file.digest
      else {
        note(status == 0 ? "not the right contents" : "curl ended with status \(status)")
        continue
      }
      if Self.putInPlace(part, folder + "/" + name) { return true }
    }
    return false
  }

  /// scikit-learn's wheel holds WDBC.
  private func takeFromWheel(into folder: String, note: (String) -> Void) -> Bool {
    let file = KnownDataset.breastCancer
    let work = folder + "/wheel.part"
    defer { try? FileManager.default.removeItem(atPath: work) }
    note("taking it out of scikit-learn's wheel")
    let status = Self.run([
      "python3", "-m", "pip", "download", "--quiet", "--no-deps", "--dest", work, "scikit-learn",
    ])
    guard status == 0,
      let wheel = try? FileManager.default.contentsOfDirectory(atPath: work).first(where: {
        $0.hasSuffix(".whl")
      }),
      Self.run(["python3", "-m", "zipfile", "-e", work + "/" + wheel, work]) == 0
    else {
      note("pip ended with status \(status)")
      return false
    }
    let member = work + "/sklearn/datasets/data/" + file.name
    guard let bytes = try? FileContents.read(member), FileContents.digest(bytes) == file.digest
    else { return false }
    return Self.putInPlace(member, folder + "/" + file.name)
  }

  /// Renames a checked file once its bytes are on the disk.
  private static func putInPlace(_ source: String, _ path: String) -> Bool {
    guard let handle = FileHandle(forUpdatingAtPath: source) else { return false }
    try? handle.synchronize()
    try? handle.close()
    return rename(source, path) == 0
  }

  private static func run(_ arguments: [String]) -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
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
