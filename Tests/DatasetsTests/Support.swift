import Datasets
import Foundation
import Models
import Testing

/// A folder that goes away with its owner.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path + "/" + name
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: file).deletingLastPathComponent().path,
      withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }
}

/// Small IDX files: `train` and `test` images of 3 × 2, pixels that say which image they are of.
struct SmallImages {
  var trainImages = SmallImages.images(7)
  var trainLabels = SmallImages.labels(7)
  var testImages = SmallImages.images(4)
  var testLabels = SmallImages.labels(4)

  static func header(_ type: UInt8, _ dimensions: [Int]) -> [UInt8] {
    [0, 0, type, UInt8(dimensions.count)]
      + dimensions.flatMap { length in
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
      }
  }

  static func images(_ count: Int) -> [UInt8] {
    header(8, [count, 3, 2]) + (0..<count * 6).map { UInt8($0 * 5 % 256) }
  }

  static func labels(_ count: Int) -> [UInt8] {
    header(8, [count]) + (0..<count).map { UInt8($0 % 3) }
  }

  func write(into folder: TemporaryFolder, suffix: String = "") throws {
    try folder.write("train-images-idx3-ubyte" + suffix, trainImages)
    try folder.write("train-labels-idx1-ubyte" + suffix, trainLabels)
    try folder.write("t10k-images-idx3-ubyte" + suffix, testImages)
    try folder.write("t10k-labels-idx1-ubyte" + suffix, testLabels)
  }
}

/// Bytes as a gzip file of stored blocks, written here by the format's description (RFC 1952,
/// RFC 1951), so that the reader isn't checked against its own library.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
  func little(_ value: UInt32, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
  }
  var crc: UInt32 = .max
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
  }
  var packed: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
  var place = 0
  repeat {
    let block = bytes[place..<min(place + 0xffff, bytes.count)]
    place += block.count
    let length = UInt32(block.count)
    packed += [place == bytes.count ? 1 : 0] + little(length, 2) + little(~length, 2) + block
  } while place < bytes.count
  return packed + little(~crc, 4) + little(UInt32(bytes.count), 4)
}

/// The error that `body` throws, if it is a data set's.
func datasetError(_ body: () throws -> Void) -> DatasetError? {
  do {
    try body()
    return nil
  } catch {
    return error as? DatasetError
  }
}

/// A table as a config with `csv` has it read.
func read(csv path: String, label: String = "kind") throws -> Table {
  let source = DataSource(
    CSVFormat(), ["csv": .text(path), "label": .text(label), "test-fraction": .number(0.2)])
  return try #require(try realData.read("t", source) as? Table)
}

/// Images as a config with `idx` has them read.
func read(idx folder: String) throws -> ImageDataset {
  let source = DataSource(IDXFormat(), ["idx": .text(folder)])
  return try #require(try realData.read("images", source) as? ImageDataset)
}

/// Where the real data sets are looked for: where a study finds them that is called in this repository.
let realData: DatasetSearch = {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path
  return DatasetSearch(
    dataDirectory: nil, environment: ProcessInfo.processInfo.environment, repository: root)
}()

func isPresent(_ dataset: KnownDataset) -> Bool { (try? realData.locate(dataset)) != nil }

/// Why a test on a real data set is skipped.
func absent(_ dataset: KnownDataset) -> Comment {
  "\(dataset.name) is not here (srelu data fetch \(dataset.name))"
}
