import Datasets
import Foundation
import Testing

@Suite struct GzipTests {
  /// What `head -c 70000 /dev/zero | gzip -9n` gives.
  private static let zeros: [UInt8] =
    [
      0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xed, 0xc1, 0x31, 1, 0, 0, 0, 0xc2, 0xa0, 0xf5, 0x4f,
      0x6d, 9, 0x4f, 0xa0,
    ] + [UInt8](repeating: 0, count: 67) + [
      0x80, 0xb7, 1, 0xdc, 0xc8, 0xa9, 0xa6, 0x70, 0x11, 1, 0,
    ]

  /// So many blocks of 65,535 stored zeros, cut off, with a length of 4 GB where the file ends.
  private func cutOff(blocks: Int) -> [UInt8] {
    let block: [UInt8] = [0, 0xff, 0xff, 0, 0] + [UInt8](repeating: 0, count: 0xffff)
    let start: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
    return start + (0..<blocks).flatMap { _ in block } + [0xff, 0xff, 0xff, 0xff]
  }

  /// What a file that is cut off says of its length is any number: nothing may be made of that size.
  @Test func theLengthThatAFileClaimsIsNotTrusted() {
    let error = datasetError { _ = try FileContents.unpack(cutOff(blocks: 65), path: "file") }
    #expect(error?.description.contains("damaged gzip data") == true)
    #expect(error?.description.contains("after \(65 * 0xffff) unpacked bytes") == true)
  }

  @Test func everyLengthUnpacks() throws {
    // Around the size of the parts in which it is unpacked.
    for length in [0, 1, 65_535, 65_536, 65_537, 200_000] {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 7) }
      #expect(try FileContents.unpack(gzip(bytes), path: "file") == bytes, "\(length) bytes")
    }
  }

  @Test func whatUnpacksToTooMuchIsRefused() throws {
    let bytes = [UInt8](repeating: 7, count: 3000)
    let packed = gzip(bytes)
    #expect(try FileContents.unpack(packed, path: "file", limit: packed.count) == bytes)
    let long = datasetError {
      _ = try FileContents.unpack(packed, path: "file", limit: packed.count - 1)
    }
    #expect(long?.description.contains("\(packed.count) bytes of gzip data") == true)
    let small = datasetError {
      _ = try FileContents.unpack(Self.zeros, path: "file", limit: 69_999)
    }
    #expect(small?.description.contains("unpacks to more than 69999 bytes") == true)
    #expect(
      try FileContents.unpack(Self.zeros, path: "file", limit: 70_000)
        == [UInt8](repeating: 0, count: 70_000))
  }

  /// Longer than what zlib counts in 32 bits.
  @Test func aFileOfGigabytesIsRefusedUnread() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("big.gz", [0x1f, 0x8b, 8])
    // The file has no blocks behind its first bytes.
    #expect(truncate(path, 5 << 30) == 0)
    let error = datasetError { _ = try ImageFile(path) }
    #expect(
      error?.description.contains("\(5 << 30) bytes; no more than \(1 << 30) are read") == true)
    #expect(error?.isMissing == false)
  }
}
