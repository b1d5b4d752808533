import Foundation
import Models
import Support

/// Where a data set was found.
package struct DatasetPlace: Hashable, Codable, Sendable {
  package let path: String
  /// Its files' full paths, in the format's order.
  let files: [String]
}

/// The places where data sets are looked for, in order: `--data-dir`, `$SRELU_DATA`, `data/` in the
/// repository or else here, `/usr/share/datasets`.
public struct DatasetSearch: Hashable, Codable, Sendable {
  /// The folders, each of which may hold a folder per data set.
  package let places: [String]
  /// Where fetched data goes: `--data-dir`, or `data/` in the repository or else here.
  package let target: String

  /// The environment variable that names a folder of data sets.
  package static let environmentVariable = EnvironmentVariable.data

  /// The places for these settings; `repository` is the folder with `Package.swift`, if there is one.
  package init(dataDirectory: String?, environment: [String: String], repository: String?) {
    var places: [String] = []
    if let dataDirectory { places.append(dataDirectory) }
    if let named = environment[Self.environmentVariable], !named.isEmpty { places.append(named) }
    // There is none where the folder at hand was removed.
    let here = FileManager.default.currentDirectoryPath
    let fetched = (repository ?? (here.isEmpty ? "." : here)) + "/data"
    self.places = places + [fetched, "/usr/share/datasets"]
    target = dataDirectory ?? fetched
  }

  /// The nearest folder at or above `start` that is this project's.
  package static func repository(above start: String) -> String? {
    var folder = URL(fileURLWithPath: start).standardizedFileURL.resolvingSymlinksInPath()
    // Above a path that isn't whole there is no end.
    guard folder.path.hasPrefix("/") else { return nil }
    while true {
      let hasBoth = ["Package.swift", "configs"].allSatisfy {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path)
      }
      if hasBoth { return folder.path }
      if folder.path == "/" { return nil }
      folder.deleteLastPathComponent()
    }
  }

  /// The first place that has every file of a data set.
  ///
  /// - Throws: `DatasetError`, missing, with the places and what to do.
  package func locate(_ dataset: KnownDataset) throws -> DatasetPlace {
    for place in places {
      let folder = place + "/" + dataset.name
      for set in dataset.fileSets {
        let files = set.compactMap { Self.file($0.name, in: folder) }
        if files.count == set.count { return DatasetPlace(path: folder, files: files) }
      }
    }
    throw DatasetError.missing(
      "\(dataset.name): not found in \(places.map { $0 + "/" + dataset.name }.joined(separator: ", ")). "
        + "Get it with `srelu data fetch \(dataset.name)`"
        + (dataset.package.map { " or `apt-get install \($0)`." } ?? "."))
  }

  /// A file's path in a folder, plain or gzip.
  static func file(_ name: String, in folder: String) -> String? {
    [folder + "/" + name, folder + "/" + name + ".gz"].first {
      FileManager.default.isReadableFile(atPath: $0)
    }
  }
}
